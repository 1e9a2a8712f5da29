/** Whatever is done to a table of cluster-status: the same facts, or a refusal; never another fact, no row lost. */
import fc from "fast-check";
import { parseClusterStatus } from "../../provider/chef/cluster/clusterTable";
import { plainText } from "../../provider/values/plainText";
import { randomRuns } from "../support/randomRuns";
import { layOut, Tally, type Wrapping, wrapped, wrapping } from "./wrapping";

const runs = randomRuns(__filename, { quick: 300, full: 10_000, soak: 150_000 });

const titles = { name: "Name", ip: "IP", guid: "GUID", role: "Role", pg: "PG", es: "ES" } as const;
type Key = keyof typeof titles;
const keys = Object.keys(titles) as Key[];
type Row = Record<Key, string>;

const row: fc.Arbitrary<Row> = fc.record({
  name: fc.constantFrom("backend-1", "backend-2", "be3.example.com", "leader", "x"),
  ip: fc.constantFrom("192.168.33.215", "192.168.33.216", "10.0.0.7", "2001:db8::7"),
  guid: fc.stringMatching(/^[0-9a-f]{32}$/),
  role: fc.constantFrom(
    "leader",
    "follower",
    "follower",
    "waiting_for_leader",
    "deposed_leader",
    "initializing",
    "Leader",
    "waiting for leader",
    "-",
  ),
  pg: fc.constantFrom("leader", "follower", "follower", "syncing", "offline", "syncing 45%", "?"),
  es: fc.constantFrom("master", "not_master", "not_master", "offline"),
});

interface Table {
  readonly rows: readonly Row[];
  /** Further columns: title, place, a cell for each row. */
  readonly extra: readonly {
    readonly title: string;
    readonly at: number;
    readonly cells: readonly string[];
  }[];
  readonly order: readonly Key[];
  readonly removed: Key | null;
  readonly emptied: { readonly row: number; readonly key: Key } | null;
  readonly follows: boolean;
  readonly gap: number;
  readonly padded: boolean;
  readonly decoration: "none" | "borders" | "marks";
  readonly capitals: boolean;
  readonly cut: number | null;
  readonly doubled: number | null;
  readonly around: Wrapping;
}

const seldom = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value });

const table: fc.Arbitrary<Table> = fc.record({
  rows: fc.uniqueArray(row, { minLength: 1, maxLength: 4, selector: ({ guid }) => guid }),
  extra: fc.array(
    fc.record({
      title: fc.constantFrom("Follows", "Blocked", "Eligible", "Blocked Leader", "Version"),
      at: fc.nat(9),
      cells: fc.array(fc.constantFrom("", "backend-1", "not_blocked", "true", "since 10:04", "leader"), {
        minLength: 4,
        maxLength: 4,
      }),
    }),
    { maxLength: 2 },
  ),
  order: fc.oneof(
    { weight: 3, arbitrary: fc.constant(keys) },
    { weight: 1, arbitrary: fc.shuffledSubarray(keys, { minLength: 6 }) },
  ),
  removed: seldom(fc.constantFrom(...keys)),
  emptied: seldom(fc.record({ row: fc.nat(3), key: fc.constantFrom(...keys) })),
  follows: fc.boolean(),
  gap: fc.integer({ min: 1, max: 4 }),
  padded: fc.boolean(),
  decoration: fc.constantFrom("none", "none", "borders", "marks"),
  capitals: fc.boolean(),
  cut: seldom(fc.double({ min: 0, max: 1, noNaN: true })),
  doubled: seldom(fc.nat(4)),
  around: wrapping,
});

/** What the table says, and its text. */
function printed(made: Table): { truth: Row[]; text: string; whole: boolean } {
  const { rows, emptied, removed, extra } = made;
  const truth = rows.map((each, at) =>
    emptied && emptied.row === at ? { ...each, [emptied.key]: "" } : each,
  );
  const cells = (each: Row, key: Key) =>
    key === "role" && made.follows && /follower/.test(each.role)
      ? `${each.role} (${truth[0]!.name || "x"})`
      : each[key];
  const columns = made.order
    .filter((key) => key !== removed)
    .map((key) => [titles[key] as string, ...truth.map((each) => cells(each, key))]);
  for (const { title, at, cells: own } of extra)
    columns.splice(Math.min(at, columns.length), 0, [title, ...own.slice(0, rows.length)]);
  const lines = Array.from({ length: rows.length + 1 }, (_none, at) => columns.map((column) => column[at]!));
  let text = layOut(lines, made.gap, made.padded);
  if (made.capitals) text = text.replace(/^.*/, (header) => header.toUpperCase());
  if (made.decoration === "marks")
    text = text.replace(/^(?=.)/gm, "  ").replace(/^ {2}(?=\S*.*[0-9a-f]{32})/m, "* ");
  if (made.decoration === "borders") {
    const bordered = layOut(
      lines.map((line) => line.flatMap((cell) => ["|", cell]).concat("|")),
      1,
      made.padded,
    );
    const border = `+${"-".repeat(40)}+\n`;
    text = `${border}${bordered.replace("\n", `\n${border}`)}${border}`;
  }
  if (made.doubled !== null)
    text = text
      .split("\n")
      .flatMap((line, at) => (at === made.doubled ? [line, line] : [line]))
      .join("\n");
  const full = wrapped(text, made.around);
  const at = made.cut === null ? full.length : Math.floor(made.cut * full.length);
  return { truth, text: plainText(full.slice(0, at)), whole: made.cut === null };
}

const said = ({ name, ip, guid, role, pg, es }: Row) =>
  [name, ip, guid, role, pg, es].map((cell) => cell.toLowerCase());

/** Whom it follows is no name of the table where that name was emptied: then the cell stays as it is, which is no state. */
const withoutNameless = (cells: string[]) =>
  cells.map((cell) => (/ \(x\)$/.test(cell) ? cell.replace(/ .*/, "") : cell));

const tally = new Tally("cluster-status");
afterAll(() => tally.print());

test("the same facts or a refusal, never another fact", () => {
  fc.assert(
    fc.property(table, (made) => {
      const { truth, text, whole } = printed(made);
      const read = parseClusterStatus(text);
      if (typeof read === "string") return void tally.refused++;
      tally.facts++;
      const rows = read.rows.map(said);
      const lost =
        made.removed !== null || (made.emptied !== null && ["guid", "ip", "name"].includes(made.emptied.key));
      if (whole) {
        expect(rows.map(withoutNameless)).toEqual(truth.map(said).map(withoutNameless));
        if (lost && (made.removed !== null || made.emptied!.row < truth.length))
          throw new Error("it should have been refused");
        return;
      }
      // Cut off: what is left of the rows, the last of them perhaps with cells that are cut off, or not there.
      expect(rows.length).toBeLessThanOrEqual(truth.length);
      rows.forEach((each, at) => {
        const wanted = said(truth[at]!);
        if (at < rows.length - 1) expect(each).toEqual(wanted);
        // Whom it follows is told apart where that is a name of the table.
        else
          each.forEach((cell, column) =>
            expect(wanted[column]!.startsWith(cell.replace(/ \(.*/, ""))).toBe(true),
          );
      });
    }),
    runs,
  );
});

test("what says the same in another shape is read, not refused", () => {
  const harmless = table.map((made) => ({
    ...made,
    ...{ removed: null, emptied: null, cut: null, gap: Math.max(2, made.gap), padded: true },
  }));
  fc.assert(
    fc.property(harmless, (made) => {
      const { truth, text } = printed(made);
      const read = parseClusterStatus(text);
      expect(typeof read === "string" ? read : read.rows.map(said)).toEqual(truth.map(said));
    }),
    runs,
  );
});
