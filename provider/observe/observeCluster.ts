import { backendFacts, frontendFacts, frontendPreflightFacts, preflightFacts } from "../commands/facts";
import { placesOf } from "../chef/cluster/places";
import type { ClusterState, FrontendState, NodeState } from "../cluster/state";
import type { Clock } from "../machine/clock";
import type { Machine } from "../machine/machine";
import { tieHosts } from "../cluster/membership";
import { claimOf, newestRecord, recordToday } from "../cluster/record";
import { whoIs } from "../machine/who";
import type { UpgradeSpec } from "../plan/spec";
import { toFrontendState, unreachableFrontend } from "./frontendState";
import { toNodeState, unreachableNode } from "./nodeState";
import { type Depth, type Kind, observeMachine, type Wanted } from "./observeMachine";
import { mattersFor, recallScripts } from "./scripts";

export type { Depth };

const backend: Kind<NodeState> = {
  package: "chef-backend",
  facts: (before) => backendFacts(before && placesOf(before.config)),
  preflightFacts: (before) => preflightFacts(before && placesOf(before.config)),
  ...{ toState: toNodeState, unreachable: unreachableNode },
};

const frontend: Kind<FrontendState> = {
  ...{ package: "chef-server-core", facts: frontendFacts, preflightFacts: frontendPreflightFacts },
  ...{ toState: toFrontendState, unreachable: unreachableFrontend },
};

/**
 * Reads every machine side by side. Changes nothing. One that cannot be reached is in the result as such.
 * @param machines the backends, then the frontends, both in the order of `spec`
 * @param frontends `keep`: the frontends are not read, they are as `before` has them
 * @throws UnreachableError when it is fatal: a wrong host key or a refused login is never worked around.
 */
export async function observeCluster(
  spec: UpgradeSpec,
  machines: readonly Machine[],
  clock: Clock,
  depth: Depth,
  before?: ClusterState,
  frontends: "read" | "keep" = "read",
): Promise<ClusterState> {
  const startedAt = clock.now();
  const backends = machines.slice(0, spec.nodes.length);
  const others = machines.slice(spec.nodes.length);
  const kept = frontends === "keep" ? before?.frontends : undefined;
  const [ofBackends, ofFrontends] = [backendPackages(spec), frontendPackages(spec)];
  const [nodes, servers] = await Promise.all([
    Promise.all(
      backends.map((machine, at) =>
        observeMachine(backend, ofBackends, machine, spec.nodes[at]!.host, depth, before?.nodes[at]),
      ),
    ),
    kept ??
      Promise.all(
        others.map((machine, at) => {
          const { host } = spec.frontends!.nodes[at]!;
          return observeMachine(frontend, ofFrontends, machine, host, depth, before?.frontends[at]);
        }),
      ),
  ]);
  const read = { ...{ startedAt, endedAt: clock.now() }, nodes, frontends: servers };
  const named = inNames(read, spec.goneMachines);
  const record = newestRecord(named.map((node) => node.record));
  return {
    ...read,
    nodes: recallScripts(named, record, ofBackends.matters),
    frontends: kept ?? recallScripts(servers, record, ofFrontends.matters),
  };
}

/** The one place where names in a record become those of the inputs: from here on they are the same. */
function inNames(state: ClusterState, gone: readonly string[] = []): NodeState[] {
  const now = whoIs([...state.nodes, ...state.frontends], tieHosts(state).rows);
  return state.nodes.map((node) => {
    const record = recordToday(node.record, now, gone);
    return { ...node, record, claim: claimOf(record) };
  });
}

export function backendPackages({ version, packages, acceptFailedScripts }: UpgradeSpec): Wanted {
  return { packages, matters: mattersFor([version, ...Object.keys(packages)], acceptFailedScripts) };
}

export function frontendPackages({ frontends }: UpgradeSpec): Wanted {
  const { version = null, packageFile = null, acceptFailedScripts = null } = frontends ?? {};
  if (version === null) return { packages: {}, matters: () => "no" };
  return {
    packages: packageFile ? { [version]: packageFile } : {},
    matters: mattersFor([version], acceptFailedScripts),
  };
}
