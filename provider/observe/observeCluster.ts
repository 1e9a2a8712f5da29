import {
  backendFacts,
  frontendFacts,
  frontendPreflightFacts,
  packageFileFacts,
  type PackageName,
  preflightFacts,
} from "../commands/facts";
import type {
  ClusterState,
  FrontendState,
  InstalledPackage,
  MachineState,
  NodeState,
  PackageFile,
} from "../cluster/state";
import type { Clock } from "../machine/clock";
import type { FactRequest, Machine, Reading } from "../machine/machine";
import { UnreachableError } from "../machine/machine";
import { packagePath, type PackageSource, type UpgradeSpec } from "../plan/spec";
import { compareVersions, parseVersion } from "../versions/version";
import { toFrontendState, unreachableFrontend } from "./frontendState";
import { toNodeState, unreachableNode } from "./nodeState";
import { toPackageFile } from "./package";

/** How much a reading looks at: `full` adds what hardly changes and the package files of what is to come. */
export type Depth = "full" | "status";

/** How a machine of one kind is read. */
interface Kind<State extends MachineState> {
  readonly package: PackageName;
  readonly facts: () => FactRequest[];
  /** Besides, in a full reading. */
  readonly preflightFacts: () => FactRequest[];
  readonly toState: (name: string, host: string, reading: Reading, before?: State) => State;
  readonly unreachable: (name: string, host: string, why: string) => State;
  /** What may be installed on it, by version. */
  readonly packages: (spec: UpgradeSpec) => Readonly<Record<string, PackageSource>>;
}

const backend: Kind<NodeState> = {
  ...{ package: "chef-backend", facts: backendFacts, preflightFacts },
  ...{ toState: toNodeState, unreachable: unreachableNode, packages: (spec) => spec.packages },
};

const frontend: Kind<FrontendState> = {
  ...{ package: "chef-server-core", facts: frontendFacts, preflightFacts: frontendPreflightFacts },
  ...{ toState: toFrontendState, unreachable: unreachableFrontend },
  packages: ({ frontends }) =>
    frontends?.version && frontends.packageFile ? { [frontends.version]: frontends.packageFile } : {},
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
      backends.map((machine, index) =>
        observe(backend, spec, machine, spec.nodes[index]!.host, depth, before?.nodes[index]),
      ),
    ),
    kept ??
      Promise.all(
        others.map((machine, index) =>
          observe(
            frontend,
            spec,
            machine,
            spec.frontends!.nodes[index]!.host,
            depth,
            before?.frontends[index],
          ),
        ),
      ),
  ]);
  return { startedAt, endedAt: clock.now(), nodes, frontends: servers };
}

async function observe<State extends MachineState>(
  kind: Kind<State>,
  spec: UpgradeSpec,
  machine: Machine,
  host: string,
  depth: Depth,
  before: State | undefined,
): Promise<State> {
  try {
    const full = depth === "full" || before === undefined || before.unreachable !== null;
    const reading = await machine.read(full ? [...kind.facts(), ...kind.preflightFacts()] : kind.facts());
    const state = kind.toState(machine.name, host, reading, before);
    if (!full) return state;
    return { ...state, packageFiles: await readPackageFiles(kind, spec, machine, reading, state) };
  } catch (error) {
    if (error instanceof UnreachableError && !error.fatal)
      return kind.unreachable(machine.name, host, error.message);
    throw error;
  }
}

/** A second round trip, only for machines that need a package: their family had to be known first. */
async function readPackageFiles<State extends MachineState>(
  kind: Kind<State>,
  spec: UpgradeSpec,
  machine: Machine,
  base: Reading,
  state: State,
): Promise<Record<string, PackageFile>> {
  const { family, stateDir } = state;
  // A package that was found right is not read again within a run: that takes seconds for a whole package.
  const good = Object.entries(state.packageFiles).filter(([, file]) => file.problem === null);
  const known = new Set(good.map(([version]) => version));
  if (family === null) return Object.fromEntries(good);
  const wanted = Object.entries(kind.packages(spec)).filter(
    ([version]) => !known.has(version) && isAhead(version, state.package),
  );
  const read = await Promise.all(
    wanted.map(async ([version, source]): Promise<[string, PackageFile]> => {
      const { sha256 } = source;
      const path = packagePath(source, stateDir);
      const { facts } = await machine.read(packageFileFacts(family, path, sha256 !== undefined));
      const uname = base.facts.machine?.stdout.trim() ?? "";
      return [version, toPackageFile({ path, version, sha256 }, kind.package, family, uname, facts)];
    }),
  );
  return Object.fromEntries([...good, ...read]);
}

/** Whether a version may still be installed: higher than what is there, or what was interrupted. */
function isAhead(version: string, pkg: InstalledPackage): boolean {
  if (pkg.version === null || !parseVersion(pkg.version) || !parseVersion(version)) return true;
  const order = compareVersions(version, pkg.version);
  return pkg.state === "installed" ? order > 0 : order >= 0;
}
