import { parseRecord } from "../cluster/record";
import type { ClusterRow, NodeState, ServiceRow } from "../cluster/state";
import { drbdText, parseProcDrbd } from "../drbd/drbd";
import type { FactResult, Reading } from "../machine/machine";
import { parseClusterStatus, short } from "./clusterStatus";
import { factOf, isFull, toMachineState, unreachableMachine } from "./machineState";
import { judgeRunning } from "./package";
import { parseStatus } from "./status";
import { parseConfig, parseIndexVersion, parseSearchVersion } from "./system";

/** A backend that could not be read. */
export function unreachableNode(name: string, host: string, why: string): NodeState {
  return {
    ...unreachableMachine(name, host, why),
    running: { kind: "unknown", because: "the node is not reachable" },
    ...{ clusterStatus: why, status: why, config: [], record: null },
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
  return {
    ...machine,
    running: judgeRunning(pkg, reading.upgradedTo, services, now, uptime),
    clusterStatus: table(fact("clusterStatus"), "cluster-status", parseClusterStatus),
    status: table(fact("status"), "status", parseStatus),
    record: parseRecord(reading.record, reading.guard),
    ...(isFull(reading) ? slowFacts(fact) : keep(before)),
  };
}

type SlowFacts = Pick<NodeState, "config" | "indexVersion" | "searchVersion" | "dataFolder" | "drbd">;

function slowFacts(fact: (key: string) => FactResult): SlowFacts {
  const folder = fact("dataFolder");
  const drbd = parseProcDrbd(fact("procDrbd").stdout);
  return {
    config: parseConfig(fact("config").stdout),
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

function table<Row extends ClusterRow | ServiceRow>(
  result: FactResult,
  what: string,
  parse: (text: string) => Row[] | string,
): Row[] | string {
  if (result.code === 0) return parse(result.stdout);
  return `chef-backend-ctl ${what} ended with ${result.code}: ${short(result.stderr || result.stdout)}`;
}
