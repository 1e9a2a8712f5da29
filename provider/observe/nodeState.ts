import { claimOf, parseRecord } from "../cluster/record";
import { backendDisks, dataRoot } from "../commands/facts";
import { parseEntries } from "../chef/cluster/searchFolder";
import { placesOf } from "../chef/cluster/places";
import type { ClusterRow, Disk, InstalledPackage, NodeState, ServiceRow } from "../cluster/state";
import { drbdText, parseProcDrbd } from "../drbd/drbd";
import type { FactResult, Reading } from "../machine/machine";
import { type BackendConfig, backendConfigOf } from "../chef/cluster/backendConfig";
import { parseClusterStatus } from "../chef/cluster/clusterTable";
import { parseStatus } from "../chef/cluster/statusTable";
import { parseShardHealth } from "../chef/cluster/searchHealth";
import { parseIndexVersion, parseSearchIndices } from "../chef/cluster/searchIndices";
import { dataPathOf, parseSearchDisk, parseWatermark } from "../chef/cluster/watermark";
import { failureOf } from "../chef/machine/failure";
import { elasticsearchOf } from "../paths/backendPaths";
import { compareVersions, parseVersion } from "../versions/version";
import { factOf, isFull, licensesOf, toMachineState, unreachableMachine } from "./machineState";
import { judgeRunning } from "./package";
import { parseDf, parseSearchVersion } from "./system";

const nothingPrinted = { clusterStatus: null, status: null };

/** A backend that could not be read. */
export function unreachableNode(name: string, host: string, why: string, before?: NodeState): NodeState {
  return {
    ...unreachableMachine(name, host, why),
    running: { kind: "unknown", because: "the node is not reachable" },
    ...{
      clusterStatus: why,
      status: why,
      printed: nothingPrinted,
      unread: [],
      runitUnknown: null,
      // Whatever becomes of it, its own intervals and ports are what they were.
      config: before?.config ?? {},
      dataUsedKiB: null,
      record: null,
      claim: null,
    },
    taken: null,
    ...{ dataEntries: null, dataPath: null },
    ...{ indexVersion: null, indices: null, searchVersion: null, shards: null },
    ...{ watermark: null, dataFolder: null, dataDisk: null },
    ...{ licenses: [], drbd: "", isFrontend: false, postgres: null },
  };
}

/**
 * Turns a reading into plain data. Where the reading left out the slow-changing facts (no `osRelease` in it),
 * they are taken from `before`, as package files always are.
 */
export function toNodeState(name: string, host: string, reading: Reading, before?: NodeState): NodeState {
  const fact = (key: string) => factOf(reading, key);
  const config = reading.facts.config ? backendConfigOf(reading.facts.config) : (before?.config ?? {});
  const disks = backendDisks(placesOf(config));
  const machine = toMachineState(name, host, reading, "simpleStatus", before, disks);
  const { package: pkg, services, now, uptime } = machine;
  const members = table(fact("clusterStatus"), "cluster-status", parseClusterStatus);
  const status = table(fact("status"), "status", parseStatus);
  const searchVersion = parseSearchVersion(fact("search").stdout);
  const record = parseRecord(reading.record, reading.guard);
  return {
    ...machine,
    running: judgeRunning(
      pkg,
      machine.upgradedTo,
      services,
      now,
      uptime,
      elasticsearchOn(pkg, searchVersion),
    ),
    searchVersion,
    taken: isTaken(fact("leader")),
    shards: parseShardHealth(fact("shards").stdout),
    ...{ clusterStatus: members.rows, status: status.rows },
    printed: { clusterStatus: members.printed, status: status.printed },
    unread: [
      { command: "cluster-status", lines: members.unread },
      { command: "status", lines: status.unread },
    ].filter(({ lines }) => lines.length > 0),
    runitUnknown: services.length > 0 ? null : runitUnknown(fact("simpleStatus")),
    dataUsedKiB: dataUsedKiB(fact("dataUse")),
    record,
    claim: claimOf(record),
    config,
    ...(isFull(reading) ? slowFacts(fact, config) : keep(before)),
  };
}

/** 200 where it leads with as many followers as it needs, 503 elsewhere (config_rb_backend); anything else is not leaderl. */
function isTaken({ code, stdout }: FactResult): boolean | null {
  const status = code === 0 ? stdout.trim() : "";
  if (status === "200") return true;
  return status === "503" ? false : null;
}

/** @param df of `dataRoot` */
export function dataUsedKiB(df: FactResult): number | null {
  const disk = parseDf(df.stdout, [dataRoot])[0];
  return df.code === 0 && disk ? disk.sizeKiB - disk.availableKiB : null;
}

/** What each release brings is documented from 2.0.1 on (vendor's upgrade page). */
function elasticsearchOn({ version }: InstalledPackage, running: string | null) {
  const known = version !== null && parseVersion(version) && compareVersions(version, "2.0.0") >= 0;
  return known && running !== null ? { running, brought: elasticsearchOf(version) } : null;
}

function runitUnknown(result: FactResult): string {
  const command = "chef-backend-ctl status --simple";
  return failureOf(command, result) ?? `${command} named no service`;
}

type SlowFacts = Pick<
  NodeState,
  | "indexVersion"
  | "indices"
  | "watermark"
  | "dataFolder"
  | "dataEntries"
  | "dataPath"
  | "dataDisk"
  | "licenses"
  | "drbd"
  | "postgres"
  | "isFrontend"
>;

function slowFacts(fact: (key: string) => FactResult, config: BackendConfig): SlowFacts {
  const folder = fact("dataFolder");
  const drbd = parseProcDrbd(fact("procDrbd").stdout);
  return {
    indexVersion: parseIndexVersion(fact("index").stdout),
    indices: parseSearchIndices(fact("indices")),
    watermark: parseWatermark(fact("searchSettings").stdout, fact("searchNode").stdout),
    dataEntries: parseEntries(fact("dataEntries")),
    dataPath: dataPathOf(fact("searchNode").stdout),
    dataFolder: (folder.code === 0 && folder.stdout.replace(/\n$/, "")) || null,
    dataDisk: parseSearchDisk(fact("searchDisk").stdout) ?? configuredDisk(fact, placesOf(config).searchData),
    licenses: licensesOf(fact("licenses")),
    drbd: drbd.length > 0 ? drbdText(drbd) : "",
    isFrontend: fact("serverConfig").stdout.startsWith("/"),
    postgres: postgresOf(fact("postgres")),
  };
}

/** Where Elasticsearch did not tell: the disk of the configured folder, unless its settings name another one. */
function configuredDisk(fact: (key: string) => FactResult, folder: string): Disk | null {
  const path = dataPathOf(fact("searchNode").stdout);
  if (path !== null && path !== folder) return null;
  return parseDf(fact("dataDisk").stdout, [folder])[0] ?? null;
}

function keep(before: NodeState | undefined): SlowFacts {
  const { indexVersion = null, indices = null, dataFolder: folder = null } = before ?? {};
  const { dataEntries = null, dataPath = null } = before ?? {};
  const { watermark = null, dataDisk = null, licenses = [], drbd = "", isFrontend = false } = before ?? {};
  const { postgres = null } = before ?? {};
  return {
    ...{
      indexVersion,
      indices,
      watermark,
      dataFolder: folder,
      dataEntries,
      dataPath,
      dataDisk,
      licenses,
      drbd,
    },
    ...{ isFrontend, postgres },
  };
}

/** The newest, where an older one has left its data; the file has nothing but `9.5`, or `13`. */
function postgresOf({ stdout }: FactResult): string | null {
  const found = stdout.split("\n").filter((line) => /^\d+(\.\d+)?$/.test(line));
  return found.sort((a, b) => Number(a) - Number(b)).at(-1) ?? null;
}

interface Table<Row> {
  readonly rows: readonly Row[] | string;
  readonly unread: readonly string[];
  readonly printed: string | null;
}

function table<Row extends ClusterRow | ServiceRow>(
  result: FactResult,
  what: string,
  parse: (text: string) => Omit<Table<Row>, "printed"> | string,
): Table<Row> {
  const failure = failureOf(`chef-backend-ctl ${what}`, result);
  if (failure !== null) return { rows: failure, unread: [], printed: null };
  const parsed = parse(result.stdout);
  const found = typeof parsed === "string" ? { rows: parsed, unread: [] } : parsed;
  return { ...found, printed: result.stdout };
}
