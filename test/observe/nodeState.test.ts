import type { FactResult, Reading } from "../../provider/machine/machine";
import { toNodeState, unreachableNode } from "../../provider/observe/nodeState";
import { fixture } from "../fixtures/read";
import { aReading } from "../support/aReading";

const said = (stdout: string, code = 0, stderr = ""): FactResult => ({ code, stdout, stderr });
const none = said("", 127, "not found");
const unknown = said("package chef-backend is not installed\n", 1);

const debian: Record<string, FactResult> = {
  clusterStatus: said(fixture("cluster-status.txt")),
  status: said(fixture("status.txt")),
  simpleStatus: said(fixture("status-simple.txt")),
  date: said("1700000000.250000000\n"),
  id: said("0\n"),
  bootId: said("boot-1\n"),
  uptime: said("4711.10 9000.00\n"),
  dpkg: said("install ok installed 2.1.0-1\n"),
  dpkgList: said("1690000000\n"),
  rpm: none,
};
const slow: Record<string, FactResult> = {
  osRelease: said(fixture("os-release-ubuntu.txt")),
  machine: said("x86_64\n"),
  fibTrie: said(fixture("fib_trie.txt")),
  ifInet6: said(fixture("if_inet6.txt")),
  config: said(fixture("chef-backend.rb")),
  locks: said(fixture("locks.txt")),
  lockFiles: said("2002 /var/lib/dpkg/lock\n"),
  df: said(fixture("df.txt")),
  index: said(fixture("index-settings.json")),
  search: said(fixture("search-root.json")),
  dataFolder: said("/data/elasticsearch\n"),
};

const reading = (facts: Record<string, FactResult>, change: Partial<Reading> = {}) =>
  aReading(facts, { clockOffset: 0.5, clockUncertainty: 0.1, ...change });
const node = (facts: Record<string, FactResult>, change: Partial<Reading> = {}) =>
  toNodeState("backend-1", "b1.example", reading(facts, change));

test("a full reading of a Debian backend", () => {
  expect(node({ ...debian, ...slow })).toMatchObject({
    ...{ name: "backend-1", host: "b1.example", unreachable: null, root: true, family: "deb" },
    ...{ bootId: "boot-1", now: 1700000000.25, uptime: 4711.1, osId: "ubuntu", osVersion: "18.04" },
    package: { state: "installed", version: "2.1.0-1", installedAt: 1690000000 },
    ...{ indexVersion: "5.4.1", packageLock: "process 4711 holds /var/lib/dpkg/lock", record: null },
    ...{ clockOffset: 0.5, stateDir: "/state", packageFiles: {} },
    ...{ searchVersion: "5.6.16", dataFolder: "/data/elasticsearch" },
  });
});

test.each<[string, Partial<Record<string, FactResult>>, string | null, string]>([
  ["rpm, where there is no dpkg", { dpkg: none, rpm: said("2.1.0-1.el7 1690000000\n") }, "rpm", "installed"],
  [
    "rpm's database knows it, dpkg is only there",
    { dpkg: said("", 1), rpm: said("2.1.0-1.el7 1\n") },
    "rpm",
    "installed",
  ],
  ["dpkg's knows it, rpm is only there", { rpm: said("not installed\n", 1) }, "deb", "installed"],
  ["neither knows it", { dpkg: said("", 1), rpm: none }, "deb", "absent"],
  ["neither is there", { dpkg: none, rpm: none }, null, "absent"],
  ["only rpm is there, and does not know it", { dpkg: none, rpm: unknown }, "rpm", "absent"],
  [
    "both are there, neither knows it, on Ubuntu",
    { dpkg: said("", 1), rpm: unknown, ...slow },
    "deb",
    "absent",
  ],
  [
    "both are there, neither knows it, on Red Hat",
    { dpkg: said("", 1), rpm: unknown, ...slow, osRelease: said(fixture("os-release-rhel.txt")) },
    "rpm",
    "absent",
  ],
  [
    "both are there on an unknown system, dpkg cannot read its database",
    { dpkg: said("", 2), rpm: unknown },
    "deb",
    "unreadable",
  ],
])("which package manager: %s", (_what, facts, family, state) => {
  const result = node({ ...debian, ...(facts as Record<string, FactResult>) });
  expect([result.family, result.package.state]).toEqual([family, state]);
});

test("a control command that fails leaves a sentence with its exit status and words, never an empty table", () => {
  const failed = node({ ...debian, clusterStatus: said("", 1, "ERROR: no etcd\n"), status: none });
  expect(failed.clusterStatus).toBe("chef-backend-ctl cluster-status ended with 1: ERROR: no etcd");
  expect(failed.status).toBe("chef-backend-ctl status ended with 127: not found");
});

test("lines that are no rows are kept, with the command that printed them", () => {
  expect(node(debian).unread).toEqual([]);
  const noted = { ...debian, clusterStatus: said(`WARN: NTP\n${fixture("cluster-status.txt")}`) };
  expect(node(noted).unread).toEqual([{ command: "cluster-status", lines: ["WARN: NTP"] }]);
});

test("a search engine that does not answer and a data folder that is not there are null in a full reading", () => {
  const before = node({ ...debian, ...slow });
  const refused = said("", 7, "curl: (7) Failed to connect to localhost port 9200\n");
  const facts = { ...debian, ...slow, index: refused, search: refused, dataFolder: said("", 1) };
  expect(toNodeState("backend-1", "b1.example", reading(facts), before)).toMatchObject({
    ...{ indexVersion: null, searchVersion: null, dataFolder: null },
  });
});

const folder = "/var/opt/chef-backend/elasticsearch/data";
const settings = (path: object) => said(JSON.stringify({ nodes: { x: { settings: { path } } } }));

test.each([
  ["its settings say nothing", said("", 7), { path: folder, mount: "/var", sizeKiB: 100, availableKiB: 30 }],
  ["its settings name that folder", settings({ data: folder }), { path: folder, mount: "/var" }],
  ["its settings name another folder", settings({ data: "/srv/es" }), null],
])("Elasticsearch does not tell its disk, %s", (_what, searchNode, disk) => {
  const dataDisk = said(
    `Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda2 100 70 30 70% /var\n`,
  );
  const found = node({ ...debian, ...slow, searchNode, dataDisk }).dataDisk;
  if (disk === null) expect(found).toBeNull();
  else expect(found).toMatchObject(disk);
});

test("a machine with DRBD is seen as one, and what DRBD says is kept in a short reading", () => {
  const proc = " 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n";
  const before = node({ ...debian, ...slow, procDrbd: said(`version: 8.4.11\n${proc}`) });
  expect(before.drbd).toBe("Connected Primary/Secondary UpToDate/UpToDate");
  expect(toNodeState("backend-1", "b1.example", reading(debian), before).drbd).toBe(before.drbd);
  expect(node({ ...debian, ...slow, procDrbd: said("", 1) }).drbd).toBe("");
});

test("the release of PostgreSQL: the newest of several, kept between whole readings, null where there is none", () => {
  const before = node({ ...debian, ...slow, postgres: said("9.5\n13\n9.6\n") });
  expect(before.postgres).toBe("13");
  expect(toNodeState("backend-1", "b1.example", reading(debian), before).postgres).toBe("13");
  expect(node({ ...debian, ...slow, postgres: said("", 1) }).postgres).toBeNull();
});

test("a short reading keeps what hardly changes, but never an old lock of the package manager", () => {
  const file = { path: "/p.deb", problem: null, missing: false, unpackedKiB: 1 };
  const before = { ...node({ ...debian, ...slow }), packageFiles: { "2.3.16": file } };
  const after = toNodeState("backend-1", "b1.example", reading(debian), before);
  const { addresses, disks, config, indexVersion, dataFolder, packageFiles } = before;
  const kept = { addresses, disks, config, indexVersion, dataFolder, packageFiles };
  expect(after).toMatchObject({ ...kept, osId: "ubuntu" });
  expect([before.searchVersion, after.searchVersion]).toEqual(["5.6.16", null]);
  expect(after.packageLock).toBeNull();
});

test("not root, no uptime, a damaged record: told as such", () => {
  const facts = { ...debian, id: said("1000\n"), uptime: said("", 1) };
  expect(node(facts, { record: "{half" })).toMatchObject({ root: false, uptime: null, record: null });
});

test("a node that could not be read has nothing that could be taken for a fact", () => {
  expect(unreachableNode("backend-1", "h", "no route")).toMatchObject({
    ...{ unreachable: "no route", root: false, family: null, clusterStatus: "no route", status: "no route" },
    package: { state: "absent", version: null },
    running: { kind: "unknown" },
    ...{ searchVersion: null, dataFolder: null, indexVersion: null, packageFiles: {} },
  });
});
