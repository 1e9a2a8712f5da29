import { failoverState } from "../cluster/failover";
import { healthProblems } from "../cluster/health";
import { allRows } from "../cluster/membership";
import type { ClusterState, FrontendState } from "../cluster/state";
import { runningVersion } from "../plan/describe";
import type { UpgradeSpec } from "../plan/spec";
import { type View, viewOf } from "../plan/view";
import { recommendations } from "../procedures/rebuildIndex";
import { release } from "../versions/version";
import { installedRelease } from "./frontendPlans";
import type { ClusterOutputs } from "./types";

/** The outputs that a state of the cluster gives; what no look at it can tell is kept from `olds`. */
export function outputsOf(
  spec: UpgradeSpec,
  state: ClusterState,
  olds: Partial<ClusterOutputs>,
): ClusterOutputs {
  const view = viewOf(spec, state);
  const isRead = state.nodes.every(({ unreachable }) => unreachable === null);
  const lastSeen = (frontend: FrontendState) => olds.frontendVersions?.[frontend.name] ?? "unknown";
  return {
    leader: view.leader?.name ?? "",
    installedVersions: byName(state.nodes, (node) => {
      if (node.unreachable !== null) return olds.installedVersions?.[node.name] ?? "unknown";
      return node.package.version === null ? "none" : release(node.package.version);
    }),
    runningVersions: byName(state.nodes, (node) =>
      node.unreachable === null
        ? runningVersion({ state: node })
        : (olds.runningVersions?.[node.name] ?? "unknown"),
    ),
    failover: failoverState(state),
    healthy: healthProblems(state).length === 0,
    clusterStatus: allRows(state),
    machineIds: { ...machineIds(view), ...olds.machineIds },
    lastUpgrade: olds.lastUpgrade ?? null,
    frontendVersions: byName(state.frontends, (frontend) =>
      frontend.unreachable === null ? installedRelease(frontend) : lastSeen(frontend),
    ),
    frontendHealth: byName(state.frontends, (frontend) =>
      frontend.unreachable === null ? frontend.answer : "unreachable",
    ),
    backups: olds.backups ?? [],
    recommendations: isRead ? recommendations(spec, state) : (olds.recommendations ?? []),
  };
}

/** As far as they are known. */
function machineIds({ tied, state }: View): Record<string, string> {
  const of = (name: string) => state.nodes.find((node) => node.name === name)!.machineId;
  return Object.fromEntries(
    [...tied.rows].flatMap(([name, { guid }]) => (of(name) === "" ? [] : [[guid, of(name)]])),
  );
}

function byName<T extends { readonly name: string }>(
  machines: readonly T[],
  value: (machine: T) => string,
): Record<string, string> {
  return Object.fromEntries(machines.map((machine) => [machine.name, value(machine)]));
}
