/** The guard's own reading of the two tables beside the provider's: never healthy where that one says sick. */
import { spawnSync } from "node:child_process";
import { parseClusterStatus } from "../../provider/chef/cluster/clusterTable";
import { parseShardHealth } from "../../provider/chef/cluster/searchHealth";
import { parseStatus, type StatusTable } from "../../provider/chef/cluster/statusTable";
import { healthProblems } from "../../provider/cluster/health";
import { healthFunctions } from "../../provider/gate/guardScript";
import { plainText } from "../../provider/values/plainText";
import { found } from "../field/corpus";
import { fixture } from "../fixtures/read";
import { couldElect } from "../../provider/plan/election";
import { viewOf } from "../../provider/plan/view";
import { aSpec, threeBackends } from "../support/aCluster";

const shells = ["/bin/sh", "bash"];

function guardSays(shell: string, which: "services" | "members", text: string, shape = "healthy"): boolean {
  const script = `${healthFunctions(3)}plain | ${which} ${shape}`;
  return spawnSync(shell, ["-c", script], { input: text }).status === 0;
}

function providerSays(which: "services" | "members", text: string): boolean {
  const cluster = threeBackends().at(/^(System|epmd)/m.test(text) ? "2.1.0" : "1.4.0");
  const parsed = which === "services" ? parseStatus(plainText(text)) : parseClusterStatus(plainText(text));
  const rows = typeof parsed === "string" ? parsed : parsed.rows;
  for (const name of ["backend-1", "backend-2", "backend-3"])
    cluster.with(name, which === "services" ? { status: rows as never } : { clusterStatus: rows as never });
  return healthProblems(cluster.state()).length === 0;
}

/** The same while two releases of Elasticsearch are mixed, with what Elasticsearch answers. */
function bothSayMixed(shell: string, answer: string): [guard: boolean, provider: boolean] {
  const text = status.replace("state: green", "state: yellow");
  const script = `${healthFunctions(3, ["printf", "%s", answer])}plain | services`;
  const cluster = threeBackends().at("2.1.0");
  const { rows } = parseStatus(text) as StatusTable;
  for (const name of ["backend-1", "backend-2", "backend-3"])
    cluster.with(name, { status: rows, shards: parseShardHealth(answer) });
  return [
    spawnSync(shell, ["-c", script], { input: text }).status === 0,
    healthProblems(cluster.state(), "mixed").length === 0,
  ];
}

/** `_cluster/health?level=shards` of three nodes with one replica unassigned. */
function shards(change: object = {}, shard: object = {}): string {
  const counts = { relocating_shards: 0, initializing_shards: 0, unassigned_shards: 1 };
  const one = { status: "yellow", primary_active: true, active_shards: 1, ...counts, ...shard };
  const whole = {
    number_of_shards: 1,
    number_of_replicas: 1,
    active_primary_shards: 1,
    ...one,
    shards: { 0: one },
  };
  return JSON.stringify({
    ...{ cluster_name: "chef-backend", status: "yellow", timed_out: false, number_of_nodes: 3 },
    ...{ number_of_data_nodes: 3, active_primary_shards: 1, active_shards: 1, ...counts },
    ...{ delayed_unassigned_shards: 0, number_of_pending_tasks: 0, number_of_in_flight_fetch: 0, ...change },
    indices: { chef: whole },
  });
}

const status = fixture("status-two-tables.txt");
const table = fixture("cluster-status.txt");

describe.each(shells)("%s, while two releases of Elasticsearch are mixed", (shell) => {
  test.each<[string, string, boolean]>([
    ["settled", shards(), true],
    ["settled, and printed in many lines", JSON.stringify(JSON.parse(shards()), null, 2), true],
    ["green by now", shards({ status: "green", unassigned_shards: 0 }), true],
    ["red", shards({ status: "red" }, { primary_active: false }), false],
    ["a primary that is not active", shards({}, { primary_active: false }), false],
    ["initializing", shards({ initializing_shards: 1 }), false],
    ["ten initializing", shards({ initializing_shards: 10 }), false],
    ["relocating", shards({ relocating_shards: 2 }), false],
    ["delayed", shards({ delayed_unassigned_shards: 1 }), false],
    ["copies that are still looked for", shards({ number_of_in_flight_fetch: 5 }), false],
    ["a node is missing", shards({ number_of_data_nodes: 2 }), false],
    ["a node of thirty", shards({ number_of_data_nodes: 30 }), false],
    ["a figure left out", shards().replace('"number_of_in_flight_fetch":0,', ""), false],
    ["no shards told", shards().replace(/"indices":.*/, '"active":1}'), false],
    ["no master", '{"error":{"type":"master_not_discovered_exception"},"status":503}', false],
    ["a proxy's page", `<html>${shards()}</html>`, false],
    ["no answer", "", false],
  ])("%s: the same", (_what, answer, healthy) => {
    expect(bothSayMixed(shell, answer)).toEqual([healthy, healthy]);
  });

  test("otherwise yellow is sick, whatever Elasticsearch says", () => {
    const yellow = status.replace("state: green", "state: yellow");
    expect(guardSays(shell, "services", yellow)).toBe(false);
    const script = `${healthFunctions(3, ["printf", "%s", shards()])}plain | services`;
    for (const text of [
      yellow.replace("nodes online: 3/3", "nodes online: 2/3"),
      status.replace("green", "red"),
    ])
      expect(spawnSync(shell, ["-c", script], { input: text }).status).not.toBe(0);
    expect(spawnSync(shell, ["-c", script], { input: status }).status).toBe(0);
  });
});

describe.each(shells)("%s", (shell) => {
  test.each([...found("status"), ...found("cluster-status")])("$name: the same", ({ name, text }) => {
    const which = name.startsWith("status/") ? "services" : "members";
    expect(guardSays(shell, which, text)).toBe(providerSays(which, text));
  });

  test.each<[string, "services" | "members", string]>([
    ["a yellow search", "services", status.replace("state: green", "state: yellow")],
    ["a node offline", "services", status.replace("offline: 0", "offline: 1")],
    ["a node of eleven", "services", status.replace("nodes online: 3/3", "nodes online: 3/33")],
    ["a service that is down", "services", status.replace("running (pid 1189)", "down             ")],
    ["a service left out", "services", status.replace(/^etcd.*\n/m, "")],
    [
      "a full disk elsewhere",
      "services",
      status.replace(/green; healthy nodes: 3\/3\n$/, "yellow; healthy nodes: 2/3\n"),
    ],
    ["another table", "services", "all is well: leader: 1; waiting: 0; follower: 2; total: 3\n"],
    ["nothing", "services", ""],
    ["two leaders", "members", table.replace("follower  follower", "leader    leader  ")],
    ["a node that waits", "members", table.replace("follower  follower", "waiting_for_leader  follower")],
    ["a deposed leader", "members", table.replace("follower  follower", "deposed_leader  follower")],
    ["one node less", "members", table.replace(/^backend-3.*\n/m, "")],
    ["no master of the search", "members", table.replace(/ master$/m, " not_master")],
    [
      "a disk without its OK",
      "services",
      status.replace("/var/opt/chef-backend: OK", "/var/opt/chef-backend"),
    ],
    [
      "a disk with words",
      "services",
      status.replace("/var/opt/chef-backend: OK", "low disk space on /var/opt"),
    ],
    ["a disk that is full", "services", status.replace("/var/opt/chef-backend: OK", "/var/opt: FULL")],
    [
      "an unknown service that failed",
      "services",
      status.replace("epmd           running (pid 1195)", "newthing       fail              "),
    ],
    ["the disks left out", "services", status.replace(/\nSystem[^]*/, "")],
    ["a figure twice", "services", status.replace("leader: 1; waiting", "leader: 1; leader: 2; waiting")],
    [
      "a second leader without a GUID",
      "members",
      `${table}backend-4  10.0.0.9  -  leader  leader  not_master\n`,
    ],
    [
      "a row whose GUID is gone",
      "members",
      table.replace("1af654172b1830927a571d9a5ba7965b", " ".repeat(32)),
    ],
  ])("sick for both: %s", (_what, which, text) => {
    expect([guardSays(shell, which, text), providerSays(which, text)]).toEqual([false, false]);
  });

  test.each<[string, "services" | "members", string]>([
    ["the one table of before 1.4.6", "services", fixture("status.txt")],
    [
      "colors, CRLF and notes around",
      "services",
      `CBWARN001: NTP is down\n${status}bye\n`
        .replace("green", "\u001b[32mgreen\u001b[0m")
        .replaceAll("\n", "\r\n"),
    ],
    ["columns in another order", "members", table.replace(/(\S+) +(\S+) +(\S+)$/gm, "$3  $1  $2")],
    ["no epmd", "services", status.replace(/^epmd.*\n/m, "")],
    ["notes below the tables", "services", `${status}Current leader: backend-1\n`],
    ["notes below the table", "members", `${table}Current leader: backend-1\nConnected to 192.168.33.215\n`],
    [
      "whom it follows in the role's cell",
      "members",
      table.replace(/ {2}follower {2}/g, "  follower (backend-1)  "),
    ],
    ["further columns", "members", fixture("cluster-status-follows.txt")],
    ["GUID first", "members", table.replace(/^(\S+) +(\S+) +(\S+)/gm, "$3  $1  $2")],
  ])("healthy for both: %s", (_what, which, text) => {
    expect([guardSays(shell, which, text), providerSays(which, text)]).toEqual([true, true]);
  });
});

describe.each(shells)("%s, where the leader is lost", (shell) => {
  const lost = {
    status: fixture("status-leader-lost.txt"),
    table: fixture("cluster-status-leader-lost.txt"),
  };
  const says = ({ status, table }: typeof lost, shape: string) =>
    guardSays(shell, "services", status, shape) && guardSays(shell, "members", table, shape);
  /** The same of both that are left, for the provider. */
  const couldLead = ({ status, table }: typeof lost) => {
    const cluster = threeBackends().at("2.1.0").unreachable("backend-1");
    const rows = parseClusterStatus(table);
    const services = (parseStatus(status) as StatusTable).rows
      .filter(({ service }) => service !== "disks")
      .map(({ service, local }) => ({ service, up: local.startsWith("running"), seconds: 900 }));
    for (const name of ["backend-2", "backend-3"])
      cluster.with(name, { services, clusterStatus: typeof rows === "string" ? rows : rows.rows });
    return couldElect(viewOf(aSpec({ version: "2.3.16" }), cluster.state()));
  };

  test.each<[string, Partial<typeof lost>]>([
    [
      "as the release before 1.4.6 prints it",
      { status: lost.status.replace(/^epmd.*\n|\nSystem[^]*/gm, "") },
    ],
    [
      "followers that do not know it yet",
      { table: lost.table.replaceAll("waiting_for_leader", "follower          ") },
    ],
    ["nothing besides", {}],
  ])("somebody could be elected: %s", (_what, change) => {
    const shown = { ...lost, ...change };
    expect([says(shown, "leaderless"), couldLead(shown)]).toEqual([true, true]);
    expect(says(shown, "healthy")).toBe(false);
  });

  test.each<[string, Partial<typeof lost>]>([
    [
      "a leader in the table",
      { table: lost.table.replace(/waiting_for_leader {2}follower/, "leader              leader  ") },
    ],
    ["one that is alone", { table: lost.table.replace(/^backend-3.*\n/m, "") }],
    ["a table that cannot be read", { table: "ERROR: could not read the cluster's state from etcd\n" }],
    ["PostgreSQL that syncs", { table: lost.table.replaceAll("  follower ", "  syncing  ") }],
    ["roles that nobody knows", { table: lost.table.replaceAll("waiting_for_leader", "initializing      ") }],
    ["a deposed leader", { table: lost.table.replaceAll("waiting_for_leader", "deposed_leader    ") }],
    [
      "PostgreSQL that does not run",
      { status: lost.status.replace("running (pid 40686)", "down               ") },
    ],
    ["etcd that does not run", { status: lost.status.replace("running (pid 1189) ", "down               ") }],
  ])("nobody is: %s", (_what, change) => {
    const shown = { ...lost, ...change };
    expect([says(shown, "leaderless"), couldLead(shown)]).toEqual([false, false]);
  });

  test("a healthy cluster has not lost its leader, nor one whose leaderl still shows one", () => {
    expect(says({ status, table }, "leaderless")).toBe(false);
    expect(says({ ...lost, status: lost.status.replace("leader: 0", "leader: 1") }, "leaderless")).toBe(
      false,
    );
  });
});
