import { type Journal, parseJournal } from "../machine/journal";

/** One `private-chef-ctl upgrade` of the primary backend whose end was seen by the run that waited for it. */
export interface Attempt {
  readonly node: string;
  /** From 1, in the order of all runs of one upgrade. */
  readonly attempt: number;
  /** For which it was waited: one that an earlier run had started took longer. */
  readonly seconds: number;
  readonly ended: "well" | "timed out" | "failed";
}

/** What is still owed, kept on both backends and written before the change that it describes. */
export interface EnterpriseRecord extends Journal {
  /** What the run was about. */
  readonly task: "upgrade" | "cleanup";
  readonly from: string;
  readonly to: string;
  /** Name of the bootstrap backend: copying `/etc/opscode` may make both look like it. */
  readonly primary: string;
  readonly attempts: readonly Attempt[];
  /** The version whose old data was destroyed by `cleanup`; kept from run to run. */
  readonly cleanedUp: string | null;
}

/** Reads a record's text; null when there is none or it is another system's. */
export function parseEnterpriseRecord(text: string): EnterpriseRecord | null {
  const record = parseJournal<EnterpriseRecord>(text);
  return record && ["upgrade", "cleanup"].includes(record.task) ? record : null;
}
