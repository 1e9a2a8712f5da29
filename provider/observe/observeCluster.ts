import { backendFacts, packageFileFacts, preflightFacts } from "../commands/facts";
import type { ClusterState, NodeState } from "../cluster/state";
import type { Clock } from "../machine/clock";
import type { FactResult, Machine, Reading } from "../machine/machine";
import { UnreachableError } from "../machine/machine";
import { packagePath, type UpgradeSpec } from "../plan/spec";
import { satisfies } from "../versions/version";
import { toNodeState, unreachableNode } from "./nodeState";

/** How much a reading looks at: `full` adds what hardly changes and the package file of the next install. */
export type Depth = "full" | "status";

/**
 * Reads every backend side by side. Changes nothing. A node that cannot be reached is in the result as such.
 * @throws UnreachableError when it is fatal: a wrong host key or a refused login is never worked around.
 */
export async function observeCluster(
  spec: UpgradeSpec,
  machines: readonly Machine[],
  clock: Clock,
  depth: Depth,
  before?: ClusterState,
): Promise<ClusterState> {
  const startedAt = clock.now();
  const nodes = await Promise.all(
    machines.map((machine, index) =>
      observeNode(spec, machine, spec.nodes[index]!.host, depth, before?.nodes[index]),
    ),
  );
  return { startedAt, endedAt: clock.now(), nodes };
}

async function observeNode(
  spec: UpgradeSpec,
  machine: Machine,
  host: string,
  depth: Depth,
  before: NodeState | undefined,
): Promise<NodeState> {
  try {
    const full = depth === "full" || before === undefined || before.unreachable !== null;
    const reading = await machine.read(full ? [...backendFacts(), ...preflightFacts()] : backendFacts());
    const state = toNodeState(machine.name, host, reading, before);
    // A package that was found right is not read again within a run: that takes seconds for a whole package.
    const known = before?.packageFile ?? null;
    return full && (known === null || known.problem !== null)
      ? await withPackageFile(spec, machine, reading, state)
      : { ...state, packageFile: known };
  } catch (error) {
    if (error instanceof UnreachableError && !error.fatal)
      return unreachableNode(machine.name, host, error.message);
    throw error;
  }
}

/** A second round trip, only for nodes that need the package: its family had to be known first. */
async function withPackageFile(
  spec: UpgradeSpec,
  machine: Machine,
  base: Reading,
  state: NodeState,
): Promise<NodeState> {
  if (!spec.packageFile || !state.family || satisfied(state, spec.version)) return state;
  const path = packagePath(spec.packageFile, state.stateDir);
  const { sha256 } = spec.packageFile;
  const { facts } = await machine.read(packageFileFacts(state.family, path, sha256 !== undefined));
  const reading: Reading = { ...base, facts: { ...base.facts, ...(facts as Record<string, FactResult>) } };
  return toNodeState(state.name, state.host, reading, state, { path, version: spec.version, sha256 });
}

function satisfied(state: NodeState, version: string): boolean {
  return (
    state.package.state === "installed" &&
    state.package.version !== null &&
    satisfies(state.package.version, version)
  );
}
