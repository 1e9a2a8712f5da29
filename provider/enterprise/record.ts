import { type Journal, namesOf, parseJournal } from "../machine/journal";
import { type Rename, renamedJournal } from "../machine/who";
import type { Attempt } from "../report/outputs";

export type { Attempt } from "../report/outputs";

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

/** The same with its machines' names as they are given. */
export function renamedEnterprise(record: EnterpriseRecord, rename: Rename): EnterpriseRecord {
  const attempts = (record.attempts ?? []).map((each) => ({ ...each, node: rename(each.node) ?? each.node }));
  return {
    ...{ ...record, ...renamedJournal(record, rename), attempts },
    primary: rename(record.primary) ?? "",
  };
}

/** Machines that an upgrade has begun to change, and not started again since; by name. */
export function unfinishedOn({ task, begun, done }: EnterpriseRecord): string[] {
  if (task !== "upgrade") return [];
  return namesOf(begun, "stop", "stop-keepalived", "install", "upgrade").filter(
    (name) => !["cluster", "frontends"].includes(name) && !done.includes(`${name}/start`),
  );
}
