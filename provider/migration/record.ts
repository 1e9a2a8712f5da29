import { type Journal, namesOf, parseJournal } from "../machine/journal";
import { type Rename, renamedJournal } from "../machine/who";
import type { Count } from "./tally";
import type { Archive, TidyReport } from "../report/outputs";
import { pick } from "../values/pick";

export type { Archive, TidyReport } from "../report/outputs";

/** What a migration has done and still owes, kept on the new backends: it is also what makes their cluster ours. */
export interface MigrationRecord extends Journal {
  /** Tells it from the record of an upgrade, which later lies at the same place. */
  readonly procedure: "migration";
  readonly version: string;
  /** A rehearsal leaves the old system serving. */
  readonly mode: "rehearse" | "migrate";
  /** A restore was begun at some time: the new server is not empty. */
  readonly filled: boolean;
  /** The final copy was compared and found whole: from then on the old system is the way back, and stays stopped. */
  readonly migrated: boolean;
  readonly tidyReport: TidyReport | null;
  readonly archive: Archive | null;
  /** SHA-256 of the old server's backup as it is packed on its way; missing in records of earlier versions, which left an archive there. */
  readonly packed?: string;
  /** KiB of the old server's last backup; missing in records of earlier versions. */
  readonly backupKiB?: number | undefined;
  /** What the last backup on either side held: a summary where that is long. */
  readonly counts: { readonly old: readonly Count[]; readonly new: readonly Count[] };
  /** What the last comparison found, the first of it; missing before, and in records of earlier versions. */
  readonly differences?: readonly string[] | undefined;
}

/** Reads a record's text; null when there is none or it is not a migration's. */
export function parseMigrationRecord(text: string): MigrationRecord | null {
  const record = parseJournal<MigrationRecord>(text);
  return record?.procedure === "migration" ? record : null;
}

/** Steps that make something of a machine; what else is done on one leaves files of ours and no more. */
const building = ["install", "config", "create", "join", "server-config", "reconfigure"];

/** Whether a step of one of these kinds was begun on a machine. */
export const isBegunOn = (
  record: Pick<MigrationRecord, "begun"> | null,
  name: string,
  kinds: readonly string[] = building,
): boolean => kinds.some((kind) => record?.begun.includes(`${name}/${kind}`));

/** Steps of one copy of the data: done again, all of them, for the next copy. */
const copying = [
  ...["close", "backup", "archive", "transfer", "unpack"],
  ...["restore", "backup-again", "compare", "remove-copies"],
];

const isCopying = (id: string) => copying.some((kind) => id.endsWith(`/${kind}`));

/** What is left of the record when the copy that was under way counts no more. What we have closed is still to be opened. */
export function withoutCopy(record: Pick<MigrationRecord, "begun" | "done" | "jobs">) {
  return {
    begun: record.begun.filter((id) => !isCopying(id) || id.endsWith("/close")),
    done: record.done.filter((id) => !isCopying(id)),
    jobs: pick(record.jobs ?? {}, (id) => !isCopying(id)),
  };
}

/** What of the record holds for a run of that kind: a copy that was made for another purpose does not. */
export function holding(record: MigrationRecord, mode: MigrationRecord["mode"]) {
  return (record.finished && !record.migrated) || record.mode !== mode ? withoutCopy(record) : record;
}

/** Old frontends that we have closed for the final copy and not opened again; by name. */
export function closedSource(record: Pick<MigrationRecord, "begun"> | null): string[] {
  return namesOf(record?.begun ?? [], "close");
}

/** The same with its machines' names as they are given. */
export function renamedMigration(record: MigrationRecord, rename: Rename): MigrationRecord {
  const at = <T extends { readonly node: string }>(file: T | null): T | null =>
    file && { ...file, node: rename(file.node) ?? file.node };
  return {
    ...{ ...record, ...renamedJournal(record, rename) },
    ...{ archive: at(record.archive), tidyReport: at(record.tidyReport) },
  };
}
