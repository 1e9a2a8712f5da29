import { allRows } from "./membership";
import { newestRecord } from "./record";
import type { ClusterState } from "./state";
import type { Failover } from "../report/outputs";

export type { Failover } from "../report/outputs";

/**
 * What `cluster-status` itself says of failover, from the undocumented columns on blocked leaders (since 2.0.30):
 * every row blocked is off, none is on, anything else is not known.
 */
export function failoverReading(state: ClusterState): Failover {
  const values = allRows(state).map(
    (row) => Object.entries(row.extra).find(([column]) => column.includes("block"))?.[1],
  );
  if (values.length === 0) return "unknown";
  if (values.every((value) => value !== undefined && /^(blocked|true|yes)$/i.test(value))) return "off";
  if (values.every((value) => value !== undefined && /^(not_?blocked|unblocked|false|no)$/i.test(value)))
    return "on";
  return "unknown";
}

/** What is known of failover: the cluster's word, else our own record's, else nothing. */
export function failoverState(state: ClusterState): Failover {
  const reading = failoverReading(state);
  if (reading !== "unknown") return reading;
  const record = newestRecord(state.nodes.map((node) => node.record));
  if (!record) return "unknown";
  return record.failover === "off" ? "off" : "on";
}
