import { shortTimeInState, timeInState } from "../../lab/simulation/cluster/services";
import { ctl, exampleBackends, rig } from "./rig";

/** Chef Backend 1.3: no epmd, no further columns; process ids and times of the vendor's example. */
const example = () => {
  const { backends, ...options } = {
    backends: [
      {
        name: "backend-1",
        ip: "192.168.33.215",
        guid: "dc0c6ea77a751f94037cd950e8451fa3",
        services: {
          elasticsearch: { pid: 6661, up: 107981, logPid: 6630 },
          etcd: { pid: 6742, up: 107979, logPid: 6630 },
          leaderl: { pid: 6788, up: 107975, logPid: 6630 },
          postgresql: { pid: 6640, up: 107983, logPid: 6630 },
        },
      },
      { name: "backend-2", ip: "192.168.33.216", guid: "008782c59d3628b6bb7f43556ac0c66c" },
      { name: "backend-3", ip: "192.168.33.217", guid: "1af654172b1830927a571d9a5ba7965b" },
    ],
    version: "1.3.0",
    timings: { control: 0 },
  };
  return rig({ backends, ...options });
};

test("cluster-status prints the vendor's example, byte for byte", async () => {
  const { exec } = example();
  expect(await exec("backend-2", ctl, "cluster-status")).toEqual({
    code: 0,
    stderr: "",
    stdout: `Name       IP              GUID                              Role      PG        ES
backend-1  192.168.33.215  dc0c6ea77a751f94037cd950e8451fa3  leader    leader    not_master
backend-2  192.168.33.216  008782c59d3628b6bb7f43556ac0c66c  follower  follower  not_master
backend-3  192.168.33.217  1af654172b1830927a571d9a5ba7965b  follower  follower  master
`,
  });
});

test("status before 1.4.6 prints the vendor's older example, byte for byte", async () => {
  const { exec } = example();
  expect((await exec("backend-1", ctl, "status")).stdout)
    .toBe(`Service        Local Status        Time in State  Distributed Node Status
elasticsearch  running (pid 6661)  1d 5h 59m 41s  state: green; nodes online: 3/3
etcd           running (pid 6742)  1d 5h 59m 39s  health: green; healthy nodes: 3/3
leaderl        running (pid 6788)  1d 5h 59m 35s  leader: 1; waiting: 0; follower: 2; total: 3
postgresql     running (pid 6640)  1d 5h 59m 43s  leader: 1; offline: 0; syncing: 0; synced: 2
`);
});

/** Since 1.4.6: process ids and times of the vendor's example. */
const newer = () => {
  const up = { days: 53 * 86400 + 15 * 3600 + 11 * 60 + 12, hours: 12 * 3600 };
  const [first, ...others] = exampleBackends;
  const services = {
    leaderl: { pid: 1191, up: up.days },
    epmd: { pid: 1195, up: up.days },
    etcd: { pid: 1189, up: up.days },
    postgresql: { pid: 40686, up: up.hours + 36 * 60 + 23 },
    elasticsearch: { pid: 47423, up: up.hours + 18 * 60 + 6 },
  };
  return rig({ backends: [{ ...first!, services }, ...others], timings: { control: 0 } });
};

test("status since 1.4.6 prints the vendor's example, byte for byte", async () => {
  expect((await newer().exec("backend-1", ctl, "status")).stdout)
    .toBe(`Service        Local Status         Time in State   Distributed Node Status
leaderl        running (pid 1191)   53d 15h 11m 12s leader: 1; waiting: 0; follower: 2; total: 3
epmd           running (pid 1195)   53d 15h 11m 12s status: local-only
etcd           running (pid 1189)   53d 15h 11m 12s health: green; healthy nodes: 3/3
postgresql     running (pid 40686)  0d 12h 36m 23s  leader: 1; offline: 0; syncing: 0; synced: 2
elasticsearch  running (pid 47423)  0d 12h 18m 6s   state: green; nodes online: 3/3

System  Local Status                                          Distributed Node Status
disks   /var/log/chef-backend: OK; /var/opt/chef-backend: OK  health: green; healthy nodes: 3/3
`);
});

test("a time that is wider than its column is followed by one blank", async () => {
  const { exec, sim, seconds } = newer();
  await seconds(100 * 86400);
  sim.backend("backend-1").stop(["etcd"]);
  const lines = (await exec("backend-1", ctl, "status")).stdout.split("\n");
  expect(lines[1]).toBe(
    "leaderl        running (pid 1191)   153d 15h 11m 12s unknown: etcd is not available",
  );
  expect(lines[3]).toBe("etcd           down                 0d 0h 0m 0s     unknown: etcd is not available");
});

test("a full disk is named in place of its OK, and counted on all nodes", async () => {
  const { exec, sim, seconds } = newer();
  const full = { "/": 40_000_000, "/var/opt/chef-backend": 120 * 1024 };
  sim.switches("backend-1").diskFree = full;
  await seconds(15);
  const row = async (node: string) => (await exec(node, ctl, "status")).stdout.split("\n").at(-2);
  expect(await row("backend-1")).toBe(
    "disks   /var/log/chef-backend: OK; /var/opt/chef-backend: only 120MB free  health: yellow; healthy nodes: 2/3",
  );
  expect(await row("backend-2")).toMatch(/chef-backend: OK {2}health: yellow; healthy nodes: 2\/3$/);
  sim.switches("backend-2").diskFree = full;
  await seconds(15);
  expect(await row("backend-3")).toMatch(/health: red; healthy nodes: 1\/3$/);
});

test("without a leader everybody waits, and PostgreSQL's view is an error", async () => {
  const { exec, sim, seconds } = newer();
  sim.noLeaderAfterFullStop = true;
  for (const backend of sim.backends) backend.stop();
  for (const backend of sim.backends) backend.start();
  await seconds(60);
  const { stdout } = await exec("backend-2", ctl, "status");
  expect(stdout).toMatch(/^leaderl .* leader: 0; waiting: 3; follower: 0; total: 3$/m);
  expect(stdout).toMatch(/^postgresql .* error: could not reach pgsql leader for replication stats$/m);
});

test("who gave up the lead is a deposed leader for a while, then a follower", async () => {
  const { exec, sim, seconds } = rig({ version: "1.4.40", timings: { deposedLeader: 60 } });
  expect(await exec("backend-1", ctl, "demote")).toMatchObject({ code: 0 });
  await seconds(15);
  const table = async () => (await exec("backend-3", ctl, "cluster-status")).stdout.split("\n");
  expect(await table()).toEqual([
    "Name       IP              GUID                              Role            PG        ES",
    "backend-1  192.168.33.215  dc0c6ea77a751f94037cd950e8451fa3  deposed_leader  follower  not_master",
    "backend-2  192.168.33.216  008782c59d3628b6bb7f43556ac0c66c  leader          leader    not_master",
    "backend-3  192.168.33.217  1af654172b1830927a571d9a5ba7965b  follower        follower  master",
    "",
  ]);
  expect((await exec("backend-3", ctl, "status")).stdout).toContain(
    "leader: 1; waiting: 0; follower: 1; total: 3",
  );
  expect(sim.outOfService()).toEqual(["backend-1"]);
  await seconds(60);
  expect((await table())[1]).toMatch(/ follower {2}follower {2}not_master$/);
  expect(sim.healthy).toBe(true);
});

test("role: a node calls itself by a word that nobody knows", async () => {
  const { exec, sim, seconds } = rig();
  sim.switches("backend-2").role = "initializing";
  await seconds(15);
  expect((await exec("backend-1", ctl, "cluster-status")).stdout).toMatch(/^backend-2 .* initializing +fol/m);
});

test("status --simple prints runit's lines", async () => {
  const { exec } = example();
  const { stdout } = await exec("backend-1", ctl, "status", "--simple");
  expect(stdout.split("\n")[1]).toBe("run: etcd: (pid 6742) 107979s; run: log: (pid 6630) 107982s");
  expect(stdout.split("\n")).toHaveLength(5);
});

test("since 2.0.30 there are further columns; `status` of one service has no table of disks", async () => {
  const { exec } = rig();
  const [header, row] = (await exec("backend-1", ctl, "cluster-status")).stdout.split("\n");
  expect(header).toMatch(/^Name +IP +GUID +Role +PG +ES +Blocked +Eligible$/);
  expect(row).toMatch(/ not_blocked +true$/);
  expect((await exec("backend-1", ctl, "status", "epmd")).stdout).toMatch(
    /^Service .*\nepmd +running \(pid \d+\) .*\n$/,
  );
  expect((await exec("backend-1", ctl, "status", "disk")).code).toBe(1);
});

test("the undocumented columns can be left out, and the one for whom a node follows put in", async () => {
  const { exec } = rig({ columns: { blocked: false, follows: true } });
  const rows = (await exec("backend-1", ctl, "cluster-status")).stdout.split("\n");
  expect(rows[0]).toMatch(/ ES +Follows$/);
  expect(rows[2]).toMatch(/ backend-1$/);
});

test("any documented column can be dropped, to see what a reader does without it", async () => {
  const { exec, sim } = rig();
  sim.dropStatusColumn("PG");
  expect((await exec("backend-1", ctl, "cluster-status")).stdout).not.toContain("PG");
});

test.each([
  [107981, "1d 5h 59m 41s", "1d 5h 59m 41s"],
  [86400, "1d 0h 0m 0s", "1d 0h 0m 0s"],
  [3599, "0d 0h 59m 59s", "59m 59s"],
  [0, "0d 0h 0m 0s", "0s"],
])("%d seconds in a state are shown as %s, before 1.4.6 as %s", (seconds, text, short) => {
  expect(timeInState(seconds)).toBe(text);
  expect(shortTimeInState(seconds)).toBe(short);
});

test("commands need root, and unknown ones are refused with a usage text", async () => {
  const { start, clock, exec } = rig();
  expect((await clock.run(start("backend-1", [ctl, "status"], { user: "chef" }))).code).toBe(1);
  const unknown = await exec("backend-1", ctl, "obliterate");
  expect(unknown).toMatchObject({ code: 1, stdout: "" });
  expect(unknown.stderr).toContain("Usage: chef-backend-ctl");
  expect((await exec("frontend-1", ctl, "status")).code).toBe(127);
});
