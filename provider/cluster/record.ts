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
    if (typeof value.seq !== "number" || typeof value.run !== "string") return null;
    // Written by a release that knew rolling updates only.
    return { ...{ hop: null, begun: [], done: [], cleanedUp: null, times: {} }, ...value };
  } catch {
    return null;
  }
}
