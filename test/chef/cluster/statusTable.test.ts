import { parseStatus, type StatusTable } from "../../../provider/chef/cluster/statusTable";
import { fixture } from "../../fixtures/read";

const twoTables = fixture("status-two-tables.txt");

const rows = [
  {
    ...{ service: "leaderl", local: "running (pid 1191)" },
    view: "leader: 1; waiting: 0; follower: 2; total: 3",
    distributed: { leader: "1", waiting: "0", follower: "2", total: "3" },
  },
  {
    ...{ service: "epmd", local: "running (pid 1195)", view: "status: local-only" },
    distributed: { status: "local-only" },
  },
  {
    ...{ service: "etcd", local: "running (pid 1189)", view: "health: green; healthy nodes: 3/3" },
    distributed: { health: "green", "healthy nodes": "3/3" },
  },
  {
    ...{ service: "postgresql", local: "running (pid 40686)" },
    view: "leader: 1; offline: 0; syncing: 0; synced: 2",
    distributed: { leader: "1", offline: "0", syncing: "0", synced: "2" },
  },
  {
    ...{ service: "elasticsearch", local: "running (pid 47423)", view: "state: green; nodes online: 3/3" },
    distributed: { state: "green", "nodes online": "3/3" },
  },
  {
    ...{ service: "disks", local: "/var/log/chef-backend: OK; /var/opt/chef-backend: OK" },
    view: "health: green; healthy nodes: 3/3",
    distributed: { health: "green", "healthy nodes": "3/3" },
  },
];

test.each([
  ["as it comes", twoTables],
  ["the old page's one table", fixture("status.txt")],
  ["one blank everywhere", twoTables.replace(/ +/g, " ")],
  ["many blanks everywhere", twoTables.replace(/ /g, "    ")],
  ["printed twice, a second apart", twoTables + twoTables.replaceAll("12s", "13s")],
  [
    "warnings before it and between its parts",
    `Service is deprecated\nWARN: no\n${twoTables.replace("\n\n", "\nCBWARN001: The NTP daemon is not running\n\n")}`,
  ],
])("nothing that was printed is lost: %s", (what, text) => {
  const table = parseStatus(text) as StatusTable;
  if (what.includes("old page"))
    expect(table.rows.map(({ service }) => service)).toEqual([
      "elasticsearch",
      "etcd",
      "leaderl",
      "postgresql",
    ]);
  else expect(table.rows).toEqual(rows);
  expect(table.unread).toEqual(
    what.includes("warnings")
      ? ["Service is deprecated", "WARN: no", "CBWARN001: The NTP daemon is not running"]
      : [],
  );
});

test("rows of a later section are read by what they look like", () => {
  const table = parseStatus(`${twoTables}\nBackups  Local Status\nlast     yesterday: OK\n`) as StatusTable;
  expect(table.rows.at(-1)).toMatchObject({ service: "last", local: "yesterday: OK" });
});

test("a state without a name, words after the table, a view without figures", () => {
  const nameless = twoTables.replace("epmd           running", "               down   ");
  expect((parseStatus(nameless) as StatusTable).unread).toEqual([
    "down (pid 1195) 53d 15h 11m 12s status: local-only",
  ]);
  expect((parseStatus(`${fixture("status.txt")}Chef down for maintenance\n`) as StatusTable).unread).toEqual([
    "Chef down for maintenance",
  ]);
  const without = twoTables.replace("health: green; healthy nodes: 3/3", "etcd is not available");
  expect((parseStatus(without) as StatusTable).rows[2]).toMatchObject({
    view: "etcd is not available",
    distributed: {},
  });
});

test("one service twice, differently, is not decided", () => {
  const down = twoTables.replace("running (pid 1189)", "down              ");
  expect(parseStatus(twoTables + down)).toMatch(/^status shows etcd twice, differently: running .*; down /);
});

test.each(["", "ERROR: no etcd", twoTables.replace(/^.*\n/, "").replace(/System[^]*/, "")])(
  "what is not that table is a sentence: %j",
  (text) => expect(parseStatus(text)).toContain('status printed no table with the header "Service  Local'),
);
