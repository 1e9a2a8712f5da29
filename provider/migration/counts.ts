import { type Count, countIn } from "./tally";
import type { CountRow } from "../report/outputs";

export type { CountRow } from "../report/outputs";

const key = ({ organization, kind }: Count) => `${organization}/${kind}`;

/** Both sides in one table, in a fixed order. */
export function countTable(old: readonly Count[], fresh: readonly Count[]): CountRow[] {
  const all = new Map([...old, ...fresh].map((each) => [key(each), each]));
  const [before, after] = [countIn(old), countIn(fresh)];
  return [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { organization, kind }]) => ({
      ...{ organization, kind, old: before(organization, kind), new: after(organization, kind) },
    }));
}

/** What a server makes by itself for each organization: a newer one may make more of it than is in the backup. */
const madeByServer = new Set(["acls", "containers", "groups"]);

/** Each row in which something is missing on the new side, or too much: as a sentence. */
export function differences(rows: readonly CountRow[]): string[] {
  return rows
    .filter((row) => row.old !== row.new && !(madeByServer.has(row.kind) && row.new > row.old))
    .map(
      (row) =>
        `${row.organization || "the server"}: ${row.old} ${row.kind} on the old side, ${row.new} on the new one`,
    );
}

/** Most rows of a table that record and outputs keep: as many as some twenty organizations have. */
const mostRows = 300;

/** Stands for all organizations of a server that has more of them. */
export const allOrganizations = "*";

/** What record and outputs keep of a tally: of a large server each kind's total, and how many organizations there are. */
export function summary(counts: readonly Count[]): readonly Count[] {
  if (counts.length <= mostRows) return counts;
  const organizations = new Set(counts.map(({ organization }) => organization));
  organizations.delete("");
  const totals = new Map([["organizations", organizations.size]]);
  for (const { organization, kind, count } of counts)
    if (organization !== "") totals.set(kind, (totals.get(kind) ?? 0) + count);
  const ofAll = [...totals].map(([kind, count]) => ({ organization: allOrganizations, kind, count }));
  return [...counts.filter(({ organization }) => organization === ""), ...ofAll];
}
