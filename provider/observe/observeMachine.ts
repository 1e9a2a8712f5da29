import { type FactRequest, type Machine, type Reading, UnreachableError } from "../machine/machine";
import type { InstalledPackage, MachineState, PackageFile } from "../cluster/state";
import { packageFileFacts, type PackageName, repositoryFacts } from "../commands/facts";
import { usualTool } from "../commands/rpmTools";
import { isCopied, packagePath, type PackageSource } from "../plan/spec";
import { compareVersions, parseVersion } from "../versions/version";
import { toPackageFile } from "./package";
import { asksRepositories } from "./rpmChoice";
import { canonicalAddress } from "./system";
import { judgeScripts, type Matters } from "./scripts";

/** How much a reading looks at: `full` adds what hardly changes and the package files of what is to come. */
export type Depth = "full" | "status";

/** How a machine of one kind is read. */
export interface Kind<State extends MachineState> {
  readonly package: PackageName;
  /** @param before the last reading, by which some of them depend on where this machine has them */
  readonly facts: (before?: State) => FactRequest[];
  /** Besides, in a full reading. */
  readonly preflightFacts: (before?: State) => FactRequest[];
  readonly toState: (name: string, host: string, reading: Reading, before?: State) => State;
  readonly unreachable: (name: string, host: string, why: string, before?: State) => State;
}

type Packages = Readonly<Record<string, PackageSource>>;

/** What is asked for of a package's versions. */
export interface Wanted {
  /** What may be installed, by version. */
  readonly packages: Packages;
  readonly matters: Matters;
}

/**
 * Reads one machine. Changes nothing. One that cannot be reached is in the result as such.
 * @throws UnreachableError when it is fatal: a wrong host key or a refused login is never worked around.
 */
export async function observeMachine<State extends MachineState>(
  kind: Kind<State>,
  { packages, matters }: Wanted,
  machine: Machine,
  host: string,
  depth: Depth,
  before: State | undefined,
): Promise<State> {
  try {
    const full = depth === "full" || before === undefined || before.unreachable !== null;
    const { reading, read } = await readState(kind, machine, host, full, before);
    const state = judgeScripts(read, reading.installation, kind.package, matters);
    if (!full) return state;
    const [packageFiles, other] = await Promise.all([
      readPackageFiles(kind, packages, machine, reading, state),
      before !== undefined || isItsOwn(state) ? (before?.otherMachine ?? null) : otherMachine(machine),
    ]);
    return { ...state, packageFiles, otherMachine: other };
  } catch (error) {
    if (error instanceof UnreachableError && !error.fatal)
      return kind.unreachable(machine.name, host, error.message, before);
    throw error;
  }
}

/**
 * One round trip; a second one for what has to be asked in another way than before by what was read of the machine's
 * configuration, as services at other ports than the documented ones. Later readings know that.
 */
async function readState<State extends MachineState>(
  kind: Kind<State>,
  machine: Machine,
  host: string,
  full: boolean,
  before: State | undefined,
): Promise<{ readonly reading: Reading; readonly read: State }> {
  const facts = (state?: State) =>
    full ? [...kind.facts(state), ...kind.preflightFacts(state)] : kind.facts(state);
  const asked = facts(before);
  const reading = await machine.read(asked);
  const read = kind.toState(machine.name, host, reading, before);
  const was = new Map(asked.map(({ name, argv }) => [name, argv.join("\0")]));
  const others = facts(read).filter(({ name, argv }) => was.get(name) !== argv.join("\0"));
  if (others.length === 0) return { reading, read };
  const more = await machine.read(others);
  const whole = { ...reading, facts: { ...reading.facts, ...more.facts } };
  return { reading: whole, read: kind.toState(machine.name, host, whole, before) };
}

/** Where the second connection fails it tells nothing. */
const otherMachine = (machine: Machine) =>
  machine.otherMachine().catch((error: unknown) => {
    if (error instanceof UnreachableError) return null;
    throw error;
  });

/** Reached at an address of its own, or by a tunnel. Else something is in between: NAT, or a load balancer that leads to several machines. */
function isItsOwn({ reachedAt, addresses }: MachineState): boolean {
  if (reachedAt === null || /^(127\.|::1$)/.test(reachedAt)) return true;
  return addresses.includes(canonicalAddress(reachedAt));
}

/** A second round trip, only for machines that need a package: their family had to be known first. */
async function readPackageFiles<State extends MachineState>(
  kind: Kind<State>,
  packages: Packages,
  machine: Machine,
  base: Reading,
  state: State,
): Promise<Record<string, PackageFile>> {
  const { family, stateDir } = state;
  // A package that was found right is not read again within a run: that takes seconds for a whole package.
  const good = Object.entries(state.packageFiles).filter(([, file]) => file.problem === null && !file.busy);
  const known = new Set(good.map(([version]) => version));
  if (family === null) return Object.fromEntries(good);
  // Frontends and Enterprise Chef install by rpm itself.
  const tool =
    family === "rpm" && kind.package === "chef-backend" ? usualTool([state.osId, ...state.osLike]) : null;
  const wanted = Object.entries(packages).filter(
    ([version]) => !known.has(version) && isAhead(version, state.package),
  );
  const read: [string, PackageFile][] = [];
  // One after another: each tool that is tried holds its own lock.
  for (const [version, source] of wanted) {
    const { sha256 } = source;
    const path = packagePath(source, stateDir);
    const { facts } = await machine.read(packageFileFacts(family, path, sha256 !== undefined, tool));
    const more = tool && asksRepositories(tool, facts) ? repositoryFacts(tool, path) : [];
    const asked = more.length > 0 ? (await machine.read(more)).facts : {};
    const uname = base.facts.machine?.stdout.trim() ?? "";
    const question = { path, version, sha256, staged: source.staging !== null };
    const file = toPackageFile(question, kind.package, family, uname, { ...facts, ...asked }, tool);
    const copy = isCopied(source)
      ? { copiedKiB: Math.ceil(Number(facts.packageSize?.stdout) / 1024) || 0 }
      : {};
    read.push([version, { ...file, ...copy }]);
  }
  return Object.fromEntries([...good, ...read]);
}

/** Whether a version may still be installed: higher than what is there, or what was interrupted. */
function isAhead(version: string, pkg: InstalledPackage): boolean {
  if (pkg.version === null || !parseVersion(pkg.version) || !parseVersion(version)) return true;
  const order = compareVersions(version, pkg.version);
  return pkg.state === "installed" || pkg.failedScript !== undefined ? order > 0 : order >= 0;
}
