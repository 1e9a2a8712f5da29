import { type Journal, newestJournal, parseJournal } from "../machine/journal";
import { inTodaysNames, type Rename, renamedJournal, type Who } from "../machine/who";
import type { Hop } from "./hop";

/** What is still owed, of a Chef Backend cluster and its frontends; `begun` and `done` are of `hop`. */
export interface RunRecord extends Journal {
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
  /** Names of all backends on which a step of ours did not end, `inside` among them: finished one after another. */
  readonly unfinished?: readonly string[];
  /** What was still to come after `hop` when it was written, all of it begun with the consent that was given. */
  readonly ahead?: readonly Hop[];
  /** Databases of organizations that had documents in the search index before it was touched in this hop. */
  readonly indexed?: readonly string[] | null;
  /** Organizations that a rebuild of the search index has left empty or in part; null: any may be. */
  readonly failed?: readonly string[] | null;
  /** The frontends' version whose old data was destroyed by `cleanup`; kept from run to run. */
  readonly cleanedUp: string | null;
}

/**
 * The record that counts among several nodes' records. Where a node's guard has undone the block of failover that it
 * tells of, failover is on: nobody could write that down on all nodes.
 */
export function newestRecord(records: readonly (RunRecord | null)[]): RunRecord | null {
  const newest = newestJournal(records);
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
  const record = parseJournal<RunRecord & { procedure?: string }>(text);
  // A migration has left its own where an upgrade's comes later.
  if (record?.procedure !== undefined) return null;
  const undone = /^\d+$/.test(guard) ? { undone: Number(guard) } : {};
  // Written by a release that knew rolling updates only.
  return record && { ...{ hop: null, cleanedUp: null }, ...record, ...undone };
}

/** What a backend's own copy says of a step of ours that did not end; null where none is open. */
export type Claim = Pick<RunRecord, "run" | "inside" | "insideGuid">;

export function claimOf(record: RunRecord | null): Claim | null {
  if (record === null || record.finished || record.inside === null) return null;
  const { run, inside, insideGuid } = record;
  return { run, inside, insideGuid };
}

/** A record in the names that its machines have today. @param gone as `inTodaysNames` has it */
export function recordToday(record: RunRecord | null, now: Who, gone: readonly string[]): RunRecord | null {
  const { inside = null, insideGuid: guid = null, who } = record ?? {};
  // Records of earlier releases tell this much.
  const known =
    record && inside !== null && guid !== null && !who?.[inside]
      ? { ...record, who: { ...who, [inside]: { machineId: "", addresses: [], guid } } }
      : record;
  return inTodaysNames(known, now, gone, renamed);
}

function renamed(record: RunRecord, rename: Rename): RunRecord {
  const inside = record.inside === null ? null : rename(record.inside);
  return {
    ...{ ...record, ...renamedJournal(record, rename) },
    leaderAtStart: rename(record.leaderAtStart) ?? "",
    ...{ inside, insideGuid: inside === null ? null : record.insideGuid },
    ...(record.unfinished
      ? { unfinished: record.unfinished.map(rename).filter((name) => name !== null) }
      : {}),
  };
}
