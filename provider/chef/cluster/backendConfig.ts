import { withoutComments } from "../../drbd/serverConfig";
import { canonicalAddress } from "../../observe/system";

/** Settings that bear on an upgrade: of the kernel (gone since 1.2.5), and where the backend and the VIP are. */
const settings = /^(?:postgresql\.shm(?:max|all)|vip|publish_address)\b/;

/**
 * Lines of `chef-backend.rb` that bear on an upgrade, without comments; a key in brackets (`postgresql['shmmax']`) as the
 * dotted one that it is.
 */
export function parseBackendConfig(text: string): string[] {
  return withoutComments(text)
    .split("\n")
    .map((line) => line.trim().replace(/\[\s*(?::|["'])?(\w+)["']?\s*\]/g, ".$1"))
    .filter((line) => settings.test(line));
}

/** An address that a setting gives, as `vip '192.0.2.1'` and `vip = "192.0.2.1"` do; the last line counts, as in Ruby. */
export function addressSetting(lines: readonly string[], key: "vip" | "publish_address"): string | null {
  const given = lines.flatMap(
    (line) => new RegExp(`^${key}\\b[\\s=(]*["']([0-9A-Fa-f.:]+)["']`).exec(line)?.[1] ?? [],
  );
  return given.length > 0 ? canonicalAddress(given.at(-1)!) : null;
}
