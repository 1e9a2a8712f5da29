import type { FactRequest, FactResult } from "../machine/machine";

/** How many objects of one kind an organisation has, or the server itself where `organization` is empty. */
export interface Count {
  readonly organization: string;
  readonly kind: string;
  readonly count: number;
}

/** The same on both sides: a row of the table in the outputs. */
export interface CountRow {
  readonly organization: string;
  readonly kind: string;
  readonly old: number;
  readonly new: number;
}

/** What the server itself has. */
const ofServer = ["users", "user_acls"] as const;
const members = "members";

/** Asks for the organisations of a backup and what each has folders of: `acme`, `acme/nodes`. */
export function listKinds(backup: string): FactRequest {
  const depth = ["-mindepth", "1", "-maxdepth", "2"];
  return {
    name: "kinds",
    argv: ["find", `${backup}/organizations`, ...depth, "-type", "d", "-printf", "%P\\n"],
  };
}

/** What counts the objects of each kind: one dot for each, so that names of a large server need not travel. */
export function countFacts(backup: string, kinds: FactResult): FactRequest[] {
  const paths = kinds.stdout.split("\n").filter(Boolean).sort();
  const organizations = paths.filter((path) => !path.includes("/"));
  return [
    ...ofServer.map((kind) => dots(`/${kind}`, `${backup}/${kind}`, level(1))),
    ...paths
      .filter((path) => path.includes("/"))
      .flatMap((path) => ofKind(path, `${backup}/organizations/${path}`)),
    // Its entries are `{ "user": { "username": … } }`, one in a line of its own (pretty JSON).
    ...organizations.map((name) => ({
      name: `${name}/${members}`,
      argv: ["grep", "-c", '"username"', `${backup}/organizations/${name}/members.json`],
    })),
  ];
}

function ofKind(path: string, folder: string): FactRequest[] {
  const kind = path.split("/")[1];
  if (kind === "acls") return [dots(path, folder, ["-type", "f"])];
  // A bag may be empty: its folder counts, too.
  if (kind === "data_bags")
    return [dots(path, folder, level(1)), dots(path.replace(/s$/, "_items"), folder, level(2))];
  return [dots(path, folder, level(1))];
}

const level = (depth: number) => ["-mindepth", String(depth), "-maxdepth", String(depth)];

const dots = (name: string, folder: string, which: readonly string[]): FactRequest => ({
  name,
  argv: ["find", folder, ...which, "-printf", "."],
});

/** Reads the answers to `countFacts`. */
export function parseCounts(facts: Readonly<Record<string, FactResult>>): Count[] {
  return Object.entries(facts)
    .filter(([name]) => name.includes("/"))
    .map(([name, { stdout }]) => {
      const [organization, kind] = name.split("/") as [string, string];
      return { organization, kind, count: kind === members ? Number(stdout.trim()) || 0 : dotsIn(stdout) };
    });
}

const dotsIn = (text: string) => text.replace(/[^.]/g, "").length;

/** Both sides in one table, in a fixed order. */
export function countTable(old: readonly Count[], fresh: readonly Count[]): CountRow[] {
  const key = ({ organization, kind }: Count) => `${organization}/${kind}`;
  const all = new Map([...old, ...fresh].map((each) => [key(each), each]));
  const of = (counts: readonly Count[], id: string) => counts.find((each) => key(each) === id)?.count ?? 0;
  return [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { organization, kind }]) => ({ organization, kind, old: of(old, id), new: of(fresh, id) }));
}

/** What a server makes by itself for each organisation: a newer one may make more of it than is in the backup. */
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
