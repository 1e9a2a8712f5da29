import { parseBackendConfig } from "../chef/cluster/backendConfig";
import type { Refusal } from "../plan/refusal";
import { isBegunOn, type MigrationRecord } from "./record";
import type { MigrationSpec } from "./spec";
import type { NewBackend } from "./state";

/** What a backend's chef-backend.rb shall be; null: what lies there already. */
export type Config = { readonly text: string | null } | Pick<Refusal, "code" | "what" | "seen" | "next">;

const path = "/etc/chef-backend/chef-backend.rb";

/**
 * The address that moves with the leader, as a text of chef-backend.rb names it; empty where it names none: what is
 * `publish_address` too, as `join-cluster` writes it, is no VIP.
 */
export function vipOf(text: string): string {
  const { vip, publish_address: published } = parseBackendConfig(text);
  if (vip?.kind !== "given" || vip.value === null) return "";
  return published?.kind === "given" && published.value === vip.value ? "" : vip.value;
}

/**
 * The file is the same on all backends but for the address by which the others reach it: that is added, unless the text
 * has one itself (vendor's page: `publish_address` on each machine).
 */
export function configFor(
  { backendConfig }: Pick<MigrationSpec, "backendConfig">,
  node: Pick<NewBackend, "name" | "host" | "addresses" | "backendConfig">,
  record: MigrationRecord | null,
): Config {
  const there = node.backendConfig;
  if (backendConfig === null)
    return there !== null
      ? { text: null }
      : {
          code: "backendConfig",
          what: "chef-backend.rb is missing",
          seen: `there is no ${path}, and \`backendConfig\` is not set`,
          next: "write it (publish_address, vip), or set `backendConfig` to its text",
        };
  const body = backendConfig.replace(/\n*$/, "\n");
  const own = node.addresses.filter((each) => !each.includes(":"));
  const besideVip = own.filter((each) => each !== vipOf(body));
  const addresses = node.addresses.includes(node.host) ? [node.host] : besideVip.length > 0 ? besideVip : own;
  const texts = parseBackendConfig(body).publish_address
    ? [body]
    : addresses.map((each) => `publish_address "${each}"\n${body}`);
  if (there !== null && texts.includes(there)) return { text: null };
  if (texts.length !== 1)
    return {
      code: "backendConfig",
      what: "publish_address is unclear",
      seen: `its addresses: ${addresses.join(", ") || "none"}`,
      next: "set `host` to the address that the other backends use, or write chef-backend.rb yourself and remove `backendConfig`",
    };
  return there === null || isBegunOn(record, node.name, ["config"])
    ? { text: texts[0]! }
    : {
        code: "backendConfig",
        what: "chef-backend.rb is another one",
        seen: `${path} is not what \`backendConfig\` says`,
        next: "remove the file, or remove `backendConfig`",
      };
}
