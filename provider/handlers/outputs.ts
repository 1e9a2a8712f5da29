import { failoverState } from "../cluster/failover";
import { healthProblems } from "../cluster/health";
import { allRows } from "../cluster/membership";
import type { ClusterState } from "../cluster/state";
import { runningVersion } from "../plan/describe";
import type { UpgradeSpec } from "../plan/spec";
import { viewOf } from "../plan/view";
import { release } from "../versions/version";
import type { ClusterOutputs, LastUpgrade } from "./types";

/** The outputs that a state of the cluster gives. */
export function outputsOf(
  spec: UpgradeSpec,
  state: ClusterState,
  lastUpgrade: LastUpgrade | null,
): ClusterOutputs {
  const view = viewOf(spec, state);
  return {
    leader: view.leader?.name ?? "",
    installedVersions: byName(state, (node) =>
      node.package.version === null ? "none" : release(node.package.version),
    ),
    runningVersions: byName(state, (node) => runningVersion({ state: node })),
    failover: failoverState(state),
    healthy: healthProblems(state).length === 0,
    clusterStatus: allRows(state),
    lastUpgrade,
  };
}

function byName(
  state: ClusterState,
  value: (node: ClusterState["nodes"][number]) => string,
): Record<string, string> {
  return Object.fromEntries(state.nodes.map((node) => [node.name, value(node)]));
}
