import type { MigrationSpec } from "./spec";
import type { NewBackend } from "./state";

/** What a backend's chef-backend.rb shall be; null: what lies there already. */
export type Config = { readonly text: string | null } | { readonly problem: string; readonly wayOut: string };

const publishes = /^\s*publish_address\b/m;

/** The address that moves with the leader, as a text of chef-backend.rb names it; empty where it names none. */
export function vipOf(config: string): string {
  return /^\s*vip\W+([0-9A-Fa-f.:]+)/m.exec(config)?.[1] ?? "";
}

/**
 * The file is the same on all backends but for the address by which the others reach it: that is added, unless the text
 * has one itself (vendor's page: `publish_address` on each machine).
 */
export function configFor(
  { backendConfig }: Pick<MigrationSpec, "backendConfig">,
  node: Pick<NewBackend, "host" | "addresses" | "backendConfig" | "migration">,
): Config {
  const there = node.backendConfig;
  if (backendConfig === null)
    return there !== null
      ? { text: null }
      : {
          problem: "there is no /etc/chef-backend/chef-backend.rb",
          wayOut: "Write it (publish_address, vip), or give its text in backendConfig",
        };
  const body = backendConfig.replace(/\n*$/, "\n");
  const addresses = node.addresses.includes(node.host)
    ? [node.host]
    : node.addresses.filter((each) => !each.includes(":") && each !== vipOf(body));
  const texts = publishes.test(body) ? [body] : addresses.map((each) => `publish_address "${each}"\n${body}`);
  if (there !== null && texts.includes(there)) return { text: null };
  if (texts.length !== 1)
    return {
      problem: `which of its addresses (${addresses.join(", ") || "none"}) the other backends shall use cannot be told`,
      wayOut:
        "Give the machine's host as that address, or write its chef-backend.rb yourself and leave backendConfig out",
    };
  return there === null || node.migration !== null
    ? { text: texts[0]! }
    : {
        problem: "its /etc/chef-backend/chef-backend.rb is there, and not what backendConfig says",
        wayOut: "Remove the file, or leave backendConfig out",
      };
}
