import { matchesHosts } from "./hostPattern";
import { parsePublicKey, type PublicKey } from "./publicKeyLine";

/** One usable line of a known_hosts file. */
export interface KnownHost {
  /** Counted from 1. */
  readonly line: number;
  readonly marker: "revoked" | "cert-authority" | undefined;
  /** The first field as it stands there: patterns or a hashed name. */
  readonly hosts: string;
  readonly key: PublicKey;
}

/** What a file says about one host. */
export interface HostEntries {
  readonly keys: readonly KnownHost[];
  readonly revoked: readonly KnownHost[];
  /** Lines marked `@cert-authority`: host certificates are not supported, so they only explain a refusal. */
  readonly authorities: readonly KnownHost[];
}

const LINE = /^(?:@([^ \t]+)[ \t]+)?([^ \t@#][^ \t]*)[ \t]+([^ \t]+)[ \t]+([^ \t]+)/;

/**
 * The usable lines of a known_hosts file's content. Comments, empty lines and lines that are malformed or
 * carry an unknown marker are left out, as OpenSSH does: none of them can make a key acceptable.
 */
export function parseKnownHosts(content: string): KnownHost[] {
  const found: KnownHost[] = [];
  for (const [index, text] of content.split("\n").entries()) {
    const [, marker, hosts = "", type = "", base64 = ""] = LINE.exec(text.trim()) ?? [];
    if (marker !== undefined && marker !== "revoked" && marker !== "cert-authority") continue;
    const key = parsePublicKey(type, base64);
    if (key) found.push({ line: index + 1, marker, hosts, key });
  }
  return found;
}

/** The name under which known_hosts files keep a server: `host`, or `[host]:port` for other ports than 22. */
export function knownHostsName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** The lines that mean `name` (see `knownHostsName`). */
export function entriesFor(lines: readonly KnownHost[], name: string): HostEntries {
  const mine = lines.filter((line) => matchesHosts(line.hosts, name));
  return {
    keys: mine.filter((line) => line.marker === undefined),
    revoked: mine.filter((line) => line.marker === "revoked"),
    authorities: mine.filter((line) => line.marker === "cert-authority"),
  };
}
