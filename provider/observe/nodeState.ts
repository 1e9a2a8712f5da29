import type { Family } from "../commands/facts";
import { diskPaths } from "../commands/facts";
import { parseRecord } from "../cluster/record";
import type { ClusterRow, InstalledPackage, NodeState, ServiceRow } from "../cluster/state";
import type { FactResult, Reading } from "../machine/machine";
import { parseClusterStatus, short } from "./clusterStatus";
import { judgePackageFile, judgeRunning, parseDpkg, parseRpm } from "./package";
import { parseSimpleStatus, parseStatus } from "./status";
import {
  canonicalAddress,
  findLockHolder,
  parseConfig,
  parseDf,
  parseIndexVersion,
  parseLocalAddresses,
  parseOsRelease,
} from "./system";

const notRead: FactResult = { code: 127, stdout: "", stderr: "not read" };

/** What a reading of the package file was to find. */
export interface PackageFileQuestion {
  readonly path: string;
  readonly version: string;
  readonly sha256?: string;
}

/** A backend that could not be read. */
export function unreachableNode(name: string, host: string, why: string): NodeState {
  return {
    ...{
      name,
      host,
      unreachable: why,
      root: false,
      family: null,
      os: "",
      osId: "",
      osVersion: "",
      bootId: "",
    },
    ...{ clockOffset: 0, clockUncertainty: 0, now: 0, uptime: null, addresses: [], services: [] },
    package: { state: "absent", version: null, detail: "not reachable", installedAt: null },
    running: { kind: "unknown", because: "the node is not reachable" },
    upgradedTo: "",
    clusterStatus: why,
    status: why,
    ...{
      config: [],
      packageLock: null,
      disks: [],
      indexVersion: null,
      packageFile: null,
      stateDir: "",
      lock: null,
      jobs: [],
      record: null,
    },
  };
}

/**
 * Turns a reading into plain data. Where the reading left out the slow-changing facts (no `osRelease` in it),
 * they are taken from `before`.
 */
export function toNodeState(
  name: string,
  host: string,
  reading: Reading,
  before?: NodeState,
  question?: PackageFileQuestion,
): NodeState {
  const fact = (key: string) => reading.facts[key] ?? notRead;
  const family = familyOf(fact("dpkg"), fact("rpm"), before?.family ?? null);
  const pkg: InstalledPackage =
    family === "rpm" ? parseRpm(fact("rpm")) : parseDpkg(fact("dpkg"), fact("dpkgList"));
  const services = parseSimpleStatus(fact("simpleStatus").stdout);
  const now = Number(fact("date").stdout.trim());
  const uptime = fact("uptime").code === 0 ? Number(fact("uptime").stdout.split(" ")[0]) : null;
  return {
    name,
    host,
    unreachable: null,
    root: fact("id").stdout.trim() === "0",
    family,
    bootId: fact("bootId").stdout.trim(),
    clockOffset: reading.clockOffset,
    clockUncertainty: reading.clockUncertainty,
    now,
    uptime,
    package: pkg,
    running: judgeRunning(pkg, reading.upgradedTo, services, now, uptime),
    packageLock: findLockHolder(fact("locks").stdout, fact("lockFiles").stdout),
    upgradedTo: reading.upgradedTo,
    services,
    clusterStatus: table(fact("clusterStatus"), "cluster-status", parseClusterStatus),
    status: table(fact("status"), "status", parseStatus),
    stateDir: reading.stateDir,
    lock: reading.lock,
    jobs: reading.jobs,
    record: parseRecord(reading.record),
    packageFile: question && family ? packageFile(question, family, fact, reading) : null,
    ...(reading.facts.osRelease ? slowFacts(fact) : keep(before)),
  };
}

type SlowFacts = Pick<
  NodeState,
  "os" | "osId" | "osVersion" | "addresses" | "config" | "disks" | "indexVersion"
>;

function slowFacts(fact: (key: string) => FactResult): SlowFacts {
  const os = parseOsRelease(fact("osRelease").stdout);
  return {
    os: os.pretty,
    osId: os.id,
    osVersion: os.version,
    addresses: parseLocalAddresses(fact("fibTrie").stdout, fact("ifInet6").stdout).map(canonicalAddress),
    config: parseConfig(fact("config").stdout),
    disks: parseDf(fact("df").stdout, diskPaths),
    indexVersion: parseIndexVersion(fact("index").stdout),
  };
}

function keep(before: NodeState | undefined): SlowFacts {
  const { os = "", osId = "", osVersion = "", addresses = [], config = [], disks = [] } = before ?? {};
  const indexVersion = before?.indexVersion ?? null;
  return { os, osId, osVersion, addresses, config, disks, indexVersion };
}

/** A node is of the family whose database knows the package; without it, of the one whose tool is there. */
function familyOf(dpkg: FactResult, rpm: FactResult, before: Family | null): Family | null {
  const hasDpkg = dpkg.code !== 127;
  const hasRpm = rpm.code !== 127;
  if (hasRpm && rpm.code === 0 && parseRpm(rpm).state !== "absent") return "rpm";
  if (hasDpkg) return "deb";
  return hasRpm ? "rpm" : before;
}

function table<Row extends ClusterRow | ServiceRow>(
  result: FactResult,
  what: string,
  parse: (text: string) => Row[] | string,
): Row[] | string {
  if (result.code === 0) return parse(result.stdout);
  return `chef-backend-ctl ${what} ended with ${result.code}: ${short(result.stderr || result.stdout)}`;
}

function packageFile(
  question: PackageFileQuestion,
  family: Family,
  fact: (key: string) => FactResult,
  reading: Reading,
) {
  const wanted = { name: "chef-backend", family, machine: fact("machine").stdout.trim(), ...question };
  return judgePackageFile(question.path, wanted, {
    size: reading.facts.packageSize,
    fields: reading.facts.packageFields,
    dryRun: reading.facts.packageDryRun,
    sha256: reading.facts.packageSha256,
    contents: reading.facts.packageContents,
  });
}
