import type { Hop } from "./hop";

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
  /** What the run was about when it was written; its method says which procedure continues. */
  readonly hop: Hop | null;
  readonly leaderAtStart: string;
  /**
   * How we left failover: `off` = we turned it off (or were about to), `on-for-leader` = on for the leader's
   * `upgrade --failover`, the procedure's last off and on are owed, `on` = nothing owed.
   */
  readonly failover: "off" | "on-for-leader" | "on";
  /** `seq` of the write that said "off": names this block of failover. Null when failover is not off by us. */
  readonly offSeq?: number | null;
  /** The block that a guard on a node has undone, by its `offSeq`: not written by a run, read from beside the record. */
  readonly undone?: number | null;
  /** The node between the start of its install and its verified rejoin. */
  readonly inside: string | null;
  /** GUID of `inside`, so that a renamed node is still found. */
  readonly insideGuid: string | null;
  /** Steps of this hop that no observation can tell of, by id: written before each begins … */
  readonly begun: readonly string[];
  /** … and after it has ended well. */
  readonly done: readonly string[];
  /** Where the job of a begun step lies, by the step's id. */
  readonly jobs?: Readonly<Record<string, { readonly run: string; readonly id: string }>>;
  /** What was still to come after `hop` when it was written, all of it begun with the consent that was given. */
  readonly ahead?: readonly Hop[];
  readonly finished: boolean;
  /** The frontends' version whose old data was destroyed by `cleanup`; kept from run to run. */
  readonly cleanedUp: string | null;
  /** Seconds that a step of each kind took when it was last done; kept from run to run. */
  readonly times: Readonly<Record<string, number>>;
}

/**
 * The record that counts among several nodes' records. Where a node's guard has undone the block of failover that it
 * tells of, failover is on: nobody could write that down on all nodes.
 */
export function newestRecord(records: readonly (RunRecord | null)[]): RunRecord | null {
  const newest = records.reduce<RunRecord | null>(
    (best, record) => (record && (!best || record.seq > best.seq) ? record : best),
    null,
  );
  const off = newest?.failover === "off" ? (newest.offSeq ?? null) : null;
  const undone = off !== null && records.some((record) => record?.undone === off);
  return newest && undone ? { ...newest, failover: "on", undone: off } : newest;
}

/** Failover is on, and it was not a run that turned it on again after a run had turned it off. */
export function onByGuard(record: RunRecord | null): boolean {
  return record?.failover === "on" && typeof record.offSeq === "number" && record.undone === record.offSeq;
}

/**
 * Reads a record's text; null when there is none or it is not one of ours.
 * @param guard what a guard has left beside it.
 */
export function parseRecord(text: string, guard = ""): RunRecord | null {
  try {
    const value = JSON.parse(text) as RunRecord;
    if (typeof value.seq !== "number" || typeof value.run !== "string") return null;
    const undone = /^\d+$/.test(guard) ? { undone: Number(guard) } : {};
    // Written by a release that knew rolling updates only.
    return { ...{ hop: null, begun: [], done: [], cleanedUp: null, times: {} }, ...value, ...undone };
  } catch {
    return null;
  }
}
