import { dataUse } from "../commands/facts";
import type { ClusterState } from "../cluster/state";
import type { Machine } from "../machine/machine";
import { dataUsedKiB } from "../observe/nodeState";
import type { Step } from "../plan/plan";
import type { UpgradeSpec } from "../plan/spec";
import { DataProgress } from "./dataProgress";

/** Each of these verifies itself that its node has rejoined, however long that takes (vendor's reference). */
const rejoining: ReadonlySet<string> = new Set([
  "upgrade",
  "upgrade-with-failover",
  "upgrade-again",
  "await-upgrades",
]);

/** Whether a backend's `upgrade` is still bringing data there, up to `timeouts.resync` in all. */
export function upgradeProgress(
  { timeouts, nodes }: UpgradeSpec,
  machines: readonly Machine[],
  step: Pick<Step<string>, "kind" | "timeout">,
  node: string,
  state: ClusterState,
): (() => Promise<string | null>) | null {
  if (!rejoining.has(step.kind) || !nodes.some(({ name }) => name === node)) return null;
  const data = new DataProgress(state.nodes.find(({ name }) => name === node)!.dataUsedKiB);
  let waited = 0;
  return async () => {
    waited += step.timeout;
    if (waited + step.timeout > timeouts.resync) return null;
    const reading = await machines
      .find(({ name }) => name === node)!
      .read([dataUse])
      .catch(() => null);
    return reading !== null && data.made(dataUsedKiB(reading.facts[dataUse.name]!)) ? data.text(node) : null;
  };
}
