import { settingOf } from "../chef/cluster/backendConfig";
import type { SettingKey } from "../chef/cluster/backendSettings";
import type { NodeState } from "./state";

/** A backend looks at itself, and then posts what it saw: their sum is how old the others' view of it can be. */
export const statusIntervals = [
  "leaderl.status_internal_update_interval_seconds",
  "leaderl.status_post_update_interval_seconds",
] as const satisfies readonly SettingKey[];

type Backend = Pick<NodeState, "config" | "package">;

/**
 * How old what the backends show of each other can be, in seconds: of the slowest of them, by its own intervals
 * (config_rb_backend).
 * @param atLeast `timeouts.statusInterval`, which can only make it longer; 0 where it is not set
 */
export function viewAge(nodes: readonly Backend[], atLeast: number): number {
  const ages = nodes.map((node) => statusIntervals.reduce((sum, key) => sum + seconds(node, key), 0));
  return Math.max(atLeast, ...ages);
}

/** How long a leader that is gone is still the leader, in seconds: the longest lease of any backend. */
export function leaseAge(nodes: readonly Backend[]): number {
  return Math.max(0, ...nodes.map((node) => seconds(node, "leaderl.leader_ttl_seconds")));
}

function seconds({ config, package: { version } }: Backend, key: SettingKey & `${string}_seconds`): number {
  return settingOf(config, key, version ?? "").value;
}
