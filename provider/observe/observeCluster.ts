import { backendFacts, frontendFacts, frontendPreflightFacts, preflightFacts } from "../commands/facts";
import type { ClusterState, FrontendState, NodeState } from "../cluster/state";
import type { Clock } from "../machine/clock";
import type { Machine } from "../machine/machine";
import type { PackageSource, UpgradeSpec } from "../plan/spec";
import { toFrontendState, unreachableFrontend } from "./frontendState";
import { toNodeState, unreachableNode } from "./nodeState";
import { type Depth, type Kind, observeMachine } from "./observeMachine";

export type { Depth };

const backend: Kind<NodeState> = {
  ...{ package: "chef-backend", facts: backendFacts, preflightFacts },
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
  const [nodes, servers] = await Promise.all([
    Promise.all(
      backends.map((machine, at) =>
        observeMachine(backend, spec.packages, machine, spec.nodes[at]!.host, depth, before?.nodes[at]),
      ),
    ),
    kept ??
      Promise.all(
        others.map((machine, at) => {
          const { host } = spec.frontends!.nodes[at]!;
          return observeMachine(
            frontend,
            frontendPackages(spec),
            machine,
            host,
            depth,
            before?.frontends[at],
          );
        }),
      ),
  ]);
  return { startedAt, endedAt: clock.now(), nodes, frontends: servers };
}

function frontendPackages({ frontends }: UpgradeSpec): Record<string, PackageSource> {
  return frontends?.version && frontends.packageFile ? { [frontends.version]: frontends.packageFile } : {};
}
