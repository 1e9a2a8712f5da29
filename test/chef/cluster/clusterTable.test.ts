import { parseClusterStatus } from "../../../provider/chef/cluster/clusterTable";
import type { ClusterRow } from "../../../provider/cluster/state";
import { fixture } from "../../fixtures/read";

const documented = fixture("cluster-status.txt");
const guid = "dc0c6ea77a751f94037cd950e8451fa3";
const rows = [
  {
    ...{ name: "backend-1", ip: "192.168.33.215", guid: "dc0c6ea77a751f94037cd950e8451fa3" },
    ...{ role: "leader", pg: "leader", es: "not_master", extra: {} },
  },
  {
    ...{ name: "backend-2", ip: "192.168.33.216", guid: "008782c59d3628b6bb7f43556ac0c66c" },
    ...{ role: "follower", pg: "follower", es: "not_master", extra: {} },
  },
  {
    ...{ name: "backend-3", ip: "192.168.33.217", guid: "1af654172b1830927a571d9a5ba7965b" },
    ...{ role: "follower", pg: "follower", es: "master", extra: {} },
  },
];

/** The rows, where it is a table. */
function rowsOf(text: string): readonly ClusterRow[] | string {
  const table = parseClusterStatus(text);
  if (typeof table === "string") return table;
  return table.rows;
}

describe("the table of cluster-status is read by its header", () => {
  test.each([
    ["the documented example, word for word", documented],
    ["lines that end in CR LF", documented.replaceAll("\n", "\r\n")],
    ["warnings before the table", `WARN: Chef Backend is deprecated\nName: x\n\n${documented}`],
    ["empty lines in and after it", `\n${documented.replace("\n", "\n\n")}\n\n`],
    ["no newline at its end", documented.trimEnd()],
    ["blanks before each line", documented.replaceAll(/^/gm, "  ")],
    ["a header in capitals", documented.replace(/^.*/, (line) => line.toUpperCase())],
  ])("%s", (_what, text) => {
    expect(rowsOf(text)).toEqual(rows);
  });

  test("columns beyond the documented ones are kept by their name", () => {
    const extra = { blocked: "not_blocked", eligible: "true" };
    expect(rowsOf(fixture("cluster-status-blocked.txt"))).toEqual([
      { ...rows[0], extra },
      { ...rows[1], extra },
      { ...rows[2], extra: { blocked: "blocked", eligible: "false" } },
    ]);
  });

  test("a leader that follows nobody leaves its cell empty", () => {
    const parsed = rowsOf(fixture("cluster-status-follows.txt"));
    const follows = ["", "backend-1", "backend-1"];
    expect(parsed).toEqual(
      rows.map((row, index) => ({ ...row, extra: { follows: follows[index], blocked: "not_blocked" } })),
    );
  });

  test("columns in another order are still the same columns", () => {
    const row = { name: "b", ip: "10.0.0.1", guid, role: "leader", pg: "follower", es: "master", extra: {} };
    expect(rowsOf(`Role  Name  IP  GUID  ES  PG\nleader  b  10.0.0.1  ${guid}  master  follower\n`)).toEqual([
      row,
    ]);
    expect(rowsOf(`Name IP GUID ES Role PG\nb 10.0.0.1 ${guid} master leader follower\n`)).toEqual([row]);
  });

  test("roles are taken as they stand: waiting, two leaders, none", () => {
    const roles = (text: string) => (rowsOf(text) as typeof rows).map((row) => row.role);
    const waiting = documented.replace(/(1af6\S+ {2})follower/, "$1waiting_for_leader");
    expect(roles(waiting)).toEqual(["leader", "follower", "waiting_for_leader"]);
    expect(roles(documented.replace(/(0087\S+ {2})follower/, "$1leader  "))).toEqual([
      ...["leader", "leader", "follower"],
    ]);
  });

  test("a table without rows is a table", () => {
    expect(rowsOf("Name  IP  GUID  Role  PG  ES\n")).toEqual([]);
  });

  test("IPv6 addresses get one spelling, so that they are found among a machine's own", () => {
    const text = `Name  IP  GUID  Role  PG  ES\nb  2001:DB8:0:0:0:0:0:215  ${guid}  leader  leader  master\n`;
    expect(rowsOf(text)).toMatchObject([{ ip: "2001:db8::215" }]);
  });

  test.each([
    ["borders", documented.replace(/^/gm, "| ").replace(/(\S) {2,}(?=\S)/g, "$1 | ")],
    [
      "marks in front of rows",
      documented.replace(/^(?=Name|backend-[13])/gm, "  ").replace(/^(?=backend-2)/m, "* "),
    ],
    ["printed twice", `${documented}\n${documented}`],
    [
      "roles with capitals",
      documented.replace(/leader|follower/g, (word) => word[0]!.toUpperCase() + word.slice(1)),
    ],
    ["one blank between cells", documented.replace(/ +/g, " ")],
    ["tabs between cells", documented.replace(/ +/g, "\t")],
  ])("%s", (_what, text) => expect(rowsOf(text)).toEqual(rows));

  test("whom a node follows may stand in the cell of its role", () => {
    const text = documented
      .replace(/ {2}follower {2}/g, "  follower (backend-1)  ")
      .replace("  leader    ", "  leader                ")
      .replace("Role    ", "Role                  ");
    const follows = ["", "backend-1", "backend-1"];
    expect(rowsOf(text)).toEqual(
      rows.map((row, at) => ({ ...row, extra: follows[at] ? { follows: follows[at] } : {} })),
    );
  });

  test("a cell that is empty is no other one's", () => {
    const roleOf = (text: string) => (rowsOf(text) as typeof rows).map(({ role, pg }) => [role, pg]);
    expect(roleOf(documented.replace(/(1af6\S+ {2})follower/, "$1        "))).toEqual([
      ...[
        ["leader", "leader"],
        ["follower", "follower"],
        ["", "follower"],
      ],
    ]);
    expect(rowsOf(documented.replace(/(1af6\S+) +follower +follower/, "$1 follower"))).toContain(
      "does not fit",
    );
  });

  test("what stands before it or below it and is no row is told, and changes nothing", () => {
    const notes = ["WARN: NTP", "Done, see the log file for more of this"];
    expect(parseClusterStatus(`${notes[0]}\n${documented}${notes[1]}\n`)).toEqual({ rows, unread: notes });
  });

  test.each([
    ["too few words for a row", "leader 10.0.0.1 left"],
    ["a sentence with a colon, an address and a role", "WARN: lost contact with leader 10.0.0.1 twice"],
  ])("%s: it is no row, and is told", (_what, note) => {
    expect(parseClusterStatus(`${documented}${note}\n`)).toEqual({ rows, unread: [note] });
  });

  test.each([
    ["nothing", "", 'printed no table with the header "Name IP GUID …"'],
    ["an error", "FATAL: etcd is\nnot available\n", "no table"],
    ["JSON", '[{"name":"backend-1"}]', "no table"],
    ["rows without their header", documented.replace(/^.*\n/, ""), "no table"],
    ["no column Role", documented.replace("Role", "Rolf"), "has no single column role: Name"],
    ["no column PG and ES", "Name IP GUID Role\na b c d\n", "has no single column pg, es"],
    ["two columns Role", documented.replace("PG", "Role"), "has no single column role, pg"],
    [
      "a row without its GUID",
      documented.replace("1af654172b1830927a571d9a5ba7965b", " ".repeat(32)),
      "without a GUID",
    ],
    ["a GUID cut short", documented.replace("1af654172b1830927a571d9a5ba7965b", "1af654"), "without a GUID"],
    ["a row with a cell too few", `${documented}b4 10.0.0.1 ${guid} leader\n`, "does not fit its header"],
    ["a row cut off behind its GUID", `${documented}b4 10.0.0.1 ${guid}\n`, "does not fit its header"],
    ["a row without address and states", `${documented}b4 - ${guid} unknown\n`, "does not fit its header"],
    ["a row without GUID and known states", `${documented}b4 10.0.0.1 - leader unknown\n`, "without a GUID"],
    ["a row with two cells in one column", documented.trimEnd() + "  blocked", "does not fit its header"],
    [
      "a backend in two rows",
      documented.replace("008782c59d3628b6bb7f43556ac0c66c", guid),
      "twice, differently",
    ],
  ])("%s is no table, and the sentence says what came", (_what, text, says) => {
    const result = rowsOf(text);
    expect(typeof result).toBe("string");
    expect(result).toContain(says);
  });

  test("cut off in its last row, that row is no healthy one", () => {
    for (let at = documented.lastIndexOf("backend-3"); at < documented.trimEnd().length; at++) {
      const result = parseClusterStatus(documented.slice(0, at));
      if (typeof result === "string") continue;
      const last = result.rows[2];
      expect(last === undefined || last.es !== "master" || last.pg !== "follower").toBe(true);
    }
  });
});
