import type { Family } from "../commands/facts";
import { diskPaths } from "../commands/facts";
import type { InstalledPackage, MachineState } from "../cluster/state";
import type { FactResult, Reading } from "../machine/machine";
import { parseDpkg, parseRpm } from "./package";
import { parseRunit } from "../chef/machine/runit";
import { findInstaller } from "./installer";
import { findLockHolder, parseDf, parseInterfaces, parseLocalAddresses, parseOsRelease } from "./system";

const notRead: FactResult = { code: 127, stdout: "", stderr: "not read" };

/** One fact of a reading; what was not asked for looks like a program that is not there. */
export function factOf(reading: Reading, name: string): FactResult {
  return reading.facts[name] ?? notRead;
}

/** Whether a reading has the facts that hardly change; without them those of before are kept. */
export function isFull(reading: Reading): boolean {
  return reading.facts.osRelease !== undefined;
}

/** Which of the asked paths are there. */
export function licensesOf({ stdout }: FactResult): string[] {
  return stdout.split("\n").filter((line) => line.startsWith("/"));
}

/** A machine that could not be read: nothing in it could be taken for a fact. */
export function unreachableMachine(name: string, host: string, why: string): MachineState {
  return {
    ...{ name, host, unreachable: why, root: false, family: null, os: "", osId: "", osVersion: "" },
    ...{ osLike: [], fips: false },
    ...{ machineId: "", bootId: "", reachedAt: null, otherMachine: null },
    ...{ clockOffset: 0, clockUncertainty: 0, now: 0, uptime: null, addresses: [], interfaces: [] },
    package: { state: "absent", version: null, detail: "not reachable", installedAt: null },
    ...{ upgradedTo: "", services: [], unwatched: [], packageLock: null, disks: [], diversions: [] },
    packageFiles: {},
    ...{ stateDir: "", lock: null, jobs: [] },
  };
}

/**
 * What backends and frontends have in common. Package files are those of before: who reads them adds them.
 * @param disks the paths that `df` was asked for
 * @param runit the fact that has a line of runit's for each service
 */
export function toMachineState(
  name: string,
  host: string,
  reading: Reading,
  runit: string,
  before?: MachineState,
  disks: readonly string[] = diskPaths,
): MachineState {
  const fact = (key: string) => factOf(reading, key);
  const slow = isFull(reading) ? slowFacts(fact, disks) : keep(before);
  const family = familyOf(fact("dpkg"), fact("rpm"), slow.osId, before?.family ?? null);
  const pkg: InstalledPackage =
    family === "rpm" ? parseRpm(fact("rpm")) : parseDpkg(fact("dpkg"), fact("dpkgList"));
  return {
    ...{ name, host, unreachable: null, family, package: pkg },
    root: fact("id").stdout.trim() === "0",
    bootId: fact("bootId").stdout.trim(),
    reachedAt: reading.address,
    otherMachine: before?.otherMachine ?? null,
    clockOffset: reading.clockOffset,
    clockUncertainty: reading.clockUncertainty,
    now: Number(fact("date").stdout.trim()),
    uptime: fact("uptime").code === 0 ? Number(fact("uptime").stdout.split(" ")[0]) : null,
    packageLock:
      findLockHolder(fact("locks").stdout, fact("lockFiles").stdout) ??
      findInstaller(fact("pidFiles").stdout, fact("processes").stdout),
    upgradedTo: upgradedTo(reading, pkg),
    ...parseRunit(fact(runit).stdout),
    stateDir: reading.stateDir,
    lock: reading.lock,
    jobs: reading.jobs,
    packageFiles: before?.packageFiles ?? {},
    ...slow,
  };
}

/** Seconds by which a clock may have been set back in between. */
const tolerance = 5;

/**
 * The build that our last good `upgrade` ended with. From before this very build was installed it tells of another
 * installation: the machine may have been set up anew, or set back, since.
 */
function upgradedTo({ upgradedTo: build, upgradedAt }: Reading, { version, installedAt }: InstalledPackage) {
  const before = upgradedAt !== null && installedAt !== null && upgradedAt + tolerance < installedAt;
  return build === version && before ? "" : build;
}

type SlowFacts = Pick<
  MachineState,
  | "os"
  | "osId"
  | "osVersion"
  | "osLike"
  | "fips"
  | "machineId"
  | "addresses"
  | "interfaces"
  | "disks"
  | "diversions"
>;

function slowFacts(fact: (key: string) => FactResult, disks: readonly string[]): SlowFacts {
  const os = parseOsRelease(
    fact("osRelease").stdout,
    fact("redhatRelease").stdout,
    fact("suseRelease").stdout,
  );
  return {
    os: os.pretty,
    osId: os.id,
    osVersion: os.version,
    osLike: os.like,
    fips: fact("fips").stdout.trim() === "1",
    machineId: fact("machineId").stdout.trim().split("\n")[0]!,
    interfaces: parseInterfaces(fact("ipAddresses").stdout),
    addresses: parseLocalAddresses(
      fact("fibTrie").stdout,
      fact("ifInet6").stdout,
      fact("ipAddresses").stdout,
    ),
    diversions: fact("diversions")
      .stdout.split("\n")
      .filter((line) => / diversion of |^diversion of /.test(line)),
    disks: parseDf(fact("df").stdout, disks, fact("df").stderr),
  };
}

function keep(before: MachineState | undefined): SlowFacts {
  const { os = "", osId = "", osVersion = "", osLike = [], fips = false, machineId = "" } = before ?? {};
  const { addresses = [], interfaces = [], disks = [], diversions = [] } = before ?? {};
  return { os, osId, osVersion, osLike, fips, machineId, addresses, interfaces, disks, diversions };
}

/**
 * A machine is of the family whose database knows the package; without it, of the one whose tool is there. A database that
 * cannot be read may know it, unless it is the one that the system does not live by.
 * @param osId as `/etc/os-release` has it; empty where it was not read
 */
function familyOf(dpkg: FactResult, rpm: FactResult, osId: string, before: Family | null): Family | null {
  const [deb, red] = [parseDpkg(dpkg, dpkg).state, parseRpm(rpm).state];
  const knows = (state: InstalledPackage["state"]) => state === "installed" || state === "interrupted";
  if (knows(red)) return "rpm";
  if (knows(deb)) return "deb";
  const [hasDpkg, hasRpm] = [dpkg.code !== 127, rpm.code !== 127];
  if (hasDpkg && hasRpm && osId !== "") return /^(debian|ubuntu)$/.test(osId) ? "deb" : "rpm";
  if (deb === "unreadable") return "deb";
  if (red === "unreadable") return "rpm";
  if (hasDpkg) return "deb";
  return hasRpm ? "rpm" : before;
}
