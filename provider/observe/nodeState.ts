import { parseRecord } from "../cluster/record";
import type { ClusterRow, NodeState, ServiceRow } from "../cluster/state";
import { drbdText, parseProcDrbd } from "../drbd/drbd";
import type { FactResult, Reading } from "../machine/machine";
import { parseBackendConfig } from "../chef/cluster/backendConfig";
import { parseClusterStatus } from "../chef/cluster/clusterTable";
import { parseStatus } from "../chef/cluster/statusTable";
import { short } from "../values/short";
import { factOf, isFull, toMachineState, unreachableMachine } from "./machineState";
import { judgeRunning } from "./package";
import { parseIndexVersion, parseSearchVersion } from "./system";

const nothingPrinted = { clusterStatus: "", status: "" };

/** A backend that could not be read. */
export function unreachableNode(name: string, host: string, why: string): NodeState {
  return {
    ...unreachableMachine(name, host, why),
    running: { kind: "unknown", because: "the node is not reachable" },
    ...{ clusterStatus: why, status: why, printed: nothingPrinted, unread: [], config: [], record: null },
    ...{ indexVersion: null, searchVersion: null, dataFolder: null, drbd: "" },
  };
}

/**
 * Turns a reading into plain data. Where the reading left out the slow-changing facts (no `osRelease` in it),
 * they are taken from `before`, as package files always are.
 */
export function toNodeState(name: string, host: string, reading: Reading, before?: NodeState): NodeState {
  const fact = (key: string) => factOf(reading, key);
  const machine = toMachineState(name, host, reading, "simpleStatus", before);
  const { package: pkg, services, now, uptime } = machine;
  const members = table(fact("clusterStatus"), "cluster-status", parseClusterStatus);
  const status = table(fact("status"), "status", parseStatus);
  return {
    ...machine,
    running: judgeRunning(pkg, reading.upgradedTo, services, now, uptime),
    ...{ clusterStatus: members.rows, status: status.rows },
    printed: { clusterStatus: fact("clusterStatus").stdout, status: fact("status").stdout },
    unread: [...members.unread, ...status.unread],
    record: parseRecord(reading.record, reading.guard),
    ...(isFull(reading) ? slowFacts(fact) : keep(before)),
  };
}

type SlowFacts = Pick<NodeState, "config" | "indexVersion" | "searchVersion" | "dataFolder" | "drbd">;

function slowFacts(fact: (key: string) => FactResult): SlowFacts {
  const folder = fact("dataFolder");
  const drbd = parseProcDrbd(fact("procDrbd").stdout);
  return {
    config: parseBackendConfig(fact("config").stdout),
    indexVersion: parseIndexVersion(fact("index").stdout),
    searchVersion: parseSearchVersion(fact("search").stdout),
    dataFolder: (folder.code === 0 && folder.stdout.replace(/\n$/, "")) || null,
    drbd: drbd.length > 0 ? drbdText(drbd) : "",
  };
}

function keep(before: NodeState | undefined): SlowFacts {
  const {
    config = [],
    indexVersion = null,
    searchVersion = null,
    dataFolder = null,
    drbd = "",
  } = before ?? {};
  return { config, indexVersion, searchVersion, dataFolder, drbd };
}

interface Table<Row> {
  readonly rows: readonly Row[] | string;
  readonly unread: readonly string[];
}

function table<Row extends ClusterRow | ServiceRow>(
  result: FactResult,
  what: string,
  parse: (text: string) => Table<Row> | string,
): Table<Row> {
  const { code, problem, stdout, stderr } = result;
  const none = (because: string) => ({ rows: because, unread: [] });
  if (problem !== undefined) return none(`chef-backend-ctl ${what} ${problem}`);
  if (code !== 0) return none(`chef-backend-ctl ${what} ended with ${code}: ${short(stderr || stdout)}`);
  const parsed = parse(stdout);
  return typeof parsed === "string" ? none(parsed) : parsed;
}
