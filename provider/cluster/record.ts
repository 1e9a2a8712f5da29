/**
 * What is still owed, kept on every backend and written before the change that it describes. It is never
 * evidence of a version: what is true comes from observation.
 */
export interface RunRecord {
  /** Grows with each write; of several nodes' records the highest counts. */
  readonly seq: number;
  readonly run: string;
  readonly from: string;
  readonly to: string;
  readonly leaderAtStart: string;
  /**
   * How we left failover: `off` = we turned it off (or were about to), `on-for-leader` = on for the leader's
   * `upgrade --failover`, the procedure's last off and on are owed, `on` = nothing owed.
   */
  readonly failover: "off" | "on-for-leader" | "on";
  /** The node between the start of its install and its verified rejoin. */
  readonly inside: string | null;
  /** GUID of `inside`, so that a renamed node is still found. */
  readonly insideGuid: string | null;
  readonly finished: boolean;
}

/** The record that counts among several nodes' records. */
export function newestRecord(records: readonly (RunRecord | null)[]): RunRecord | null {
  return records.reduce<RunRecord | null>(
    (best, record) => (record && (!best || record.seq > best.seq) ? record : best),
    null,
  );
}

/** Reads a record's text; null when there is none or it is not one of ours. */
export function parseRecord(text: string): RunRecord | null {
  try {
    const value = JSON.parse(text) as RunRecord;
    return typeof value.seq === "number" && typeof value.run === "string" ? value : null;
  } catch {
    return null;
  }
}
