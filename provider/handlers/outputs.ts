import { failoverState } from "../cluster/failover";
import { healthProblems } from "../cluster/health";
import { allRows } from "../cluster/membership";
import type { ClusterState, FrontendState } from "../cluster/state";
import { failingText } from "../observe/serverStatus";
import { runningVersion } from "../plan/describe";
import type { UpgradeSpec } from "../plan/spec";
import { viewOf } from "../plan/view";
import { recommendations } from "../procedures/rebuildIndex";
import { machineIdsOf } from "./adopted";
import { byMachine, byMachineRead, installedRelease } from "./byMachine";
import type { ClusterOutputs } from "./types";

/** The outputs that a state of the cluster gives; what no look at it can tell is kept from `olds`. */
export function outputsOf(
  spec: UpgradeSpec,
  state: ClusterState,
  olds: Partial<ClusterOutputs>,
): ClusterOutputs {
  const view = viewOf(spec, state);
  const isRead = state.nodes.every(({ unreachable }) => unreachable === null);
  return {
    leader: view.leader?.name ?? "",
    installedVersions: byMachineRead(state.nodes, olds.installedVersions, installedRelease),
    runningVersions: byMachineRead(state.nodes, olds.runningVersions, (node) =>
      runningVersion({ state: node }),
    ),
    failover: failoverState(state),
    healthy: healthProblems(state).length === 0,
    clusterStatus: allRows(state),
    machineIds: { ...machineIdsOf(view), ...olds.machineIds },
    lastUpgrade: olds.lastUpgrade ?? null,
    frontendVersions: byMachineRead(state.frontends, olds.frontendVersions, installedRelease),
    frontendHealth: byMachine(state.frontends, (frontend) =>
      frontend.unreachable === null ? answerOf(frontend) : "unreachable",
    ),
    backups: olds.backups ?? [],
    recommendations: isRead ? recommendations(spec, state) : (olds.recommendations ?? []),
  };
}

/** What `/_status` said: whoever asks it is told of an Automate that is down, too. */
const answerOf = ({ answer, failing }: FrontendState) =>
  answer === "pong" && failing.length > 0 ? failingText("500", failing) : answer;
