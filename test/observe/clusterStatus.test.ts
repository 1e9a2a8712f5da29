import { parseClusterStatus, short } from "../../provider/observe/clusterStatus";
import { fixture } from "../fixtures/read";

const documented = fixture("cluster-status.txt");
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
    expect(parseClusterStatus(text)).toEqual(rows);
  });

  test("columns beyond the documented ones are kept by their name", () => {
    const extra = { blocked: "not_blocked", eligible: "true" };
    expect(parseClusterStatus(fixture("cluster-status-blocked.txt"))).toEqual([
      { ...rows[0], extra },
      { ...rows[1], extra },
      { ...rows[2], extra: { blocked: "blocked", eligible: "false" } },
    ]);
  });

  test("a leader that follows nobody leaves its cell empty", () => {
    const parsed = parseClusterStatus(fixture("cluster-status-follows.txt"));
    const follows = ["", "backend-1", "backend-1"];
    expect(parsed).toEqual(
      rows.map((row, index) => ({ ...row, extra: { follows: follows[index], blocked: "not_blocked" } })),
    );
  });

  test("columns in another order are still the same columns", () => {
    const text = "Role  Name  IP  GUID  ES  PG\nleader  b  10.0.0.1  g  master  follower\n";
    expect(parseClusterStatus(text)).toContain("no table");
    const moved = "Name  IP  GUID  ES  Role  PG\nb  10.0.0.1  g  master  leader  follower\n";
    expect(parseClusterStatus(moved)).toEqual([
      { name: "b", ip: "10.0.0.1", guid: "g", role: "leader", pg: "follower", es: "master", extra: {} },
    ]);
  });

  test("roles are taken as they stand: waiting, two leaders, none", () => {
    const roles = (text: string) => (parseClusterStatus(text) as typeof rows).map((row) => row.role);
    const waiting = documented.replace(/(1af6\S+ {2})follower/, "$1waiting_for_leader");
    expect(roles(waiting)).toEqual(["leader", "follower", "waiting_for_leader"]);
    expect(roles(documented.replace(/(0087\S+ {2})follower/, "$1leader  "))).toEqual([
      ...["leader", "leader", "follower"],
    ]);
  });

  test("a table without rows is a table", () => {
    expect(parseClusterStatus("Name  IP  GUID  Role  PG  ES\n")).toEqual([]);
  });

  test("IPv6 addresses get one spelling, so that they are found among a machine's own", () => {
    const text = "Name  IP  GUID  Role  PG  ES\nb  2001:DB8:0:0:0:0:0:215  g  leader  leader  master\n";
    expect(parseClusterStatus(text)).toMatchObject([{ ip: "2001:db8::215" }]);
  });

  test.each([
    ["nothing", "", 'printed no table with the header "Name IP GUID …": (nothing)'],
    ["an error", "FATAL: etcd is\nnot available\n", "FATAL: etcd is not available"],
    ["JSON", '[{"name":"backend-1"}]', "no table"],
    ["no column Role", documented.replace("Role", "Rolf"), "has no column role: Name"],
    ["no column PG and ES", "Name IP GUID Role\na b c d\n", "has no column pg, es"],
    ["a row with a cell too few", `${documented}backend-4  10.0.0.1  g  leader\n`, "does not fit its header"],
    ["text after the table", `${documented}Done, see the log file for more of this\n`, "does not fit"],
    ["a row cut short", documented.slice(0, -12), "does not fit"],
  ])("%s is no table, and the sentence says what came", (_what, text, says) => {
    const result = parseClusterStatus(text);
    expect(typeof result).toBe("string");
    expect(result).toContain(says);
  });
});

test("an error shows the beginning of what came, on one line", () => {
  expect(short("a\n\t b ")).toBe("a b");
  expect(short("x".repeat(500))).toBe(`${"x".repeat(160)}…`);
  expect(short("\n")).toBe("(nothing)");
});
