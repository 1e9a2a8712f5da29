import type { FactResult } from "../../machine/machine";

/** An organization's short name, as it stands in the URLs of a Chef server. */
export const isShortName = /^[a-z0-9_][a-z0-9_-]*$/;

/** How many objects there are of each kind. */
export type Objects = Readonly<Record<string, number>>;

/** An organization as the server's database lists it. */
export interface Organization {
  readonly name: string;
  /** What its documents in the search index have as their database. */
  readonly database: string;
  readonly objects: Objects;
}

/** What is searched: by the word that each document has as its type, the table (chef-server, chef_reindex.erl and oc_erchef's schema). */
const tables = {
  ...{ node: "nodes", role: "roles", environment: "environments" },
  ...{ client: "clients", data_bag_item: "data_bag_items" },
};
const kinds = Object.keys(tables) as (keyof typeof tables)[];

// Each organization has the environment _default; that every release indexes it is not documented.
const count = (table: string) =>
  `(SELECT count(*) FROM ${table} x WHERE x.org_id = o.id${table === "environments" ? " AND x.name <> '_default'" : ""})`;

/** For `psql`: a line for each organization, with its id, its name, and how many objects of each kind it has. */
export const countObjects = `SELECT o.id, o.name, ${Object.values(tables).map(count).join(", ")} FROM orgs o`;

/** Reads the answer; null where it is none. */
export function parseOrganizations({ code, stdout }: FactResult): Organization[] | null {
  const lines = stdout.split("\n").filter((line) => line.trim() !== "");
  const rows = lines.map((line) => line.trim().split("|"));
  const fits = rows.every(([, , ...counts]) => {
    return counts.length === kinds.length && counts.every((each) => /^\d+$/.test(each));
  });
  if (code !== 0 || !fits) return null;
  return rows.map(([id, name, ...counts]) => ({
    ...{ name: name!, database: `chef_${id}` },
    objects: Object.fromEntries(kinds.map((kind, at) => [kind, Number(counts[at])])),
  }));
}

/** Of so many objects of a kind one may lack: they come and go while they are counted. */
const oneIn = 100;

/** What of an organization is not in the search index: `acme (3 of 120 nodes)`. */
export interface Lack {
  readonly name: string;
  readonly seen: string;
}

/** @param documents by the database of the organization, and by kind */
export function lacking(
  organizations: readonly Organization[],
  documents: Readonly<Record<string, Objects>>,
): Lack[] {
  return organizations.flatMap(({ name, database, objects }) => {
    const found = (kind: string) => documents[database]?.[kind] ?? 0;
    const short = kinds.filter((kind) => objects[kind]! - found(kind) > Math.floor(objects[kind]! / oneIn));
    const parts = short.map(
      (kind) => `${found(kind)} of ${objects[kind]} ${tables[kind].replaceAll("_", " ")}`,
    );
    return parts.length === 0 ? [] : [{ name, seen: `${name} (${parts.join(", ")})` }];
  });
}
