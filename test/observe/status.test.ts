import type { ServiceRow } from "../../provider/cluster/state";
import { parseSimpleStatus, parseStatus } from "../../provider/observe/status";
import { fixture } from "../fixtures/read";

const documented = fixture("status.txt");
const rows = [
  {
    service: "elasticsearch",
    local: "running (pid 6661)",
    distributed: { state: "green", "nodes online": "3/3" },
  },
  { service: "etcd", local: "running (pid 6742)", distributed: { health: "green", "healthy nodes": "3/3" } },
  {
    service: "leaderl",
    local: "running (pid 6788)",
    distributed: { leader: "1", waiting: "0", follower: "2", total: "3" },
  },
  {
    service: "postgresql",
    local: "running (pid 6640)",
    distributed: { leader: "1", offline: "0", syncing: "0", synced: "2" },
  },
];

test.each([
  ["the documented example, word for word", documented],
  ["lines that end in CR LF", documented.replaceAll("\n", "\r\n")],
  ["warnings before it", `WARN: deprecated\nService unavailable? no\n${documented}`],
])("the table of status: %s", (_what, text) => {
  expect(parseStatus(text)).toEqual(rows);
});

test("rows of disk and epmd, and a service that is down, are read like the others", () => {
  const parsed = parseStatus(fixture("status-disk-epmd.txt")) as ServiceRow[];
  expect(parsed.map((row) => [row.service, row.local])).toEqual([
    ["disk", "OK"],
    ["elasticsearch", "running (pid 6661)"],
    ["epmd", "running (pid 6600)"],
    ["etcd", "running (pid 6742)"],
    ["leaderl", "running (pid 6788)"],
    ["postgresql", "down"],
  ]);
  expect(parsed[2]!.distributed).toEqual({ status: "local-only" });
  expect(parsed[5]!.distributed).toEqual({ leader: "1", offline: "1", syncing: "0", synced: "1" });
});

test("a view without counts gives no counts", () => {
  const text = documented.replace("health: green; healthy nodes: 3/3", "etcd is not available");
  expect(parseStatus(text)).toContainEqual({ ...rows[1], distributed: {} });
});

test.each(["", "ERROR: no etcd", documented.replace("Local Status", "Status")])(
  "what is not that table is a sentence: %j",
  (text) => expect(parseStatus(text)).toContain('status printed no table with the header "Service  Local'),
);

test("the runit lines of status --simple tell each service's age, and whether it is up", () => {
  expect(parseSimpleStatus(fixture("status-simple.txt"))).toEqual([
    { service: "elasticsearch", up: true, seconds: 107981 },
    { service: "etcd", up: true, seconds: 106981 },
    { service: "leaderl", up: false, seconds: 12 },
    { service: "postgresql", up: true, seconds: 3 },
  ]);
  expect(parseSimpleStatus("run: etcd: (pid 6742) 106981s; run: log: (pid 6630) 106984s\r\n")).toEqual([
    { service: "etcd", up: true, seconds: 106981 },
  ]);
  expect(parseSimpleStatus("fail: etcd: unable to change to service directory\n\n")).toEqual([]);
});
