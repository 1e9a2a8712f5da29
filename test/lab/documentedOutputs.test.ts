import { timeInState } from "../../lab/simulation/cluster/services";
import { rig, ctl } from "./rig";

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

test("status prints the vendor's example, byte for byte", async () => {
  const { exec } = example();
  expect((await exec("backend-1", ctl, "status")).stdout)
    .toBe(`Service        Local Status        Time in State  Distributed Node Status
elasticsearch  running (pid 6661)  1d 5h 59m 41s  state: green; nodes online: 3/3
etcd           running (pid 6742)  1d 5h 59m 39s  health: green; healthy nodes: 3/3
leaderl        running (pid 6788)  1d 5h 59m 35s  leader: 1; waiting: 0; follower: 2; total: 3
postgresql     running (pid 6640)  1d 5h 59m 43s  leader: 1; offline: 0; syncing: 0; synced: 2
`);
});

test("status --simple prints runit's lines", async () => {
  const { exec } = example();
  const { stdout } = await exec("backend-1", ctl, "status", "--simple");
  expect(stdout.split("\n")[1]).toBe("run: etcd: (pid 6742) 107979s; run: log: (pid 6630) 107982s");
  expect(stdout.split("\n")).toHaveLength(5);
});

test("since 1.4.6 epmd is listed and `status disk` known; since 2.0.30 there are further columns", async () => {
  const { exec } = rig();
  const { stdout } = await exec("backend-1", ctl, "status");
  expect(stdout).toMatch(/^epmd +running \(pid \d+\)/m);
  expect((await exec("backend-1", ctl, "status", "disk")).stdout).toMatch(/^disk +OK/m);
  const [header, row] = (await exec("backend-1", ctl, "cluster-status")).stdout.split("\n");
  expect(header).toMatch(/^Name +IP +GUID +Role +PG +ES +Blocked +Eligible$/);
  expect(row).toMatch(/ not_blocked +true$/);
  expect((await example().exec("backend-1", ctl, "status", "disk")).code).toBe(1);
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
  [107981, "1d 5h 59m 41s"],
  [86400, "1d 0h 0m 0s"],
  [3599, "59m 59s"],
  [0, "0s"],
])("%d seconds in a state are shown as %s", (seconds, text) => expect(timeInState(seconds)).toBe(text));

test("commands need root, and unknown ones are refused with a usage text", async () => {
  const { start, clock, exec } = rig();
  expect((await clock.run(start("backend-1", [ctl, "status"], { user: "chef" }))).code).toBe(1);
  const unknown = await exec("backend-1", ctl, "obliterate");
  expect(unknown).toMatchObject({ code: 1, stdout: "" });
  expect(unknown.stderr).toContain("Usage: chef-backend-ctl");
  expect((await exec("frontend-1", ctl, "status")).code).toBe(127);
});
