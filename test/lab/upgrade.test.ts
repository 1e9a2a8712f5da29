import { rig, ctl } from "./rig";

test("the vendor's rolling procedure: one backend out at a time, no risk taken, failover in two seconds", async () => {
  const { sim, exec, put, seconds } = rig();
  const file = put({ version: "2.3.16" });
  await exec("backend-1", ctl, "set-cluster-failover", "off");
  for (const node of ["backend-2", "backend-3"]) {
    expect((await exec(node, "dpkg", "-i", file)).code).toBe(0);
    expect((await exec(node, ctl, "upgrade")).code).toBe(0);
    await seconds(40);
    expect(sim.healthy).toBe(true);
  }
  await exec("backend-1", "dpkg", "-i", file);
  await exec("backend-1", ctl, "set-cluster-failover", "on");
  expect((await exec("backend-1", ctl, "upgrade", "--failover")).code).toBe(0);
  await seconds(40);
  expect(sim).toMatchObject({
    healthy: true,
    maxOut: 1,
    riskyStops: [],
    leaderlessSeconds: 2,
    leader: "backend-2",
  });
  expect(Object.values(sim.runningVersions())).toEqual(["2.3.16-1", "2.3.16-1", "2.3.16-1"]);
  expect(sim.history.map(({ node, argv, code }) => `${node} ${argv.join(" ")} ${code}`)).toEqual([
    "backend-1 chef-backend-ctl set-cluster-failover off 0",
    `backend-2 dpkg -i ${file} 0`,
    "backend-2 chef-backend-ctl upgrade 0",
    `backend-3 dpkg -i ${file} 0`,
    "backend-3 chef-backend-ctl upgrade 0",
    `backend-1 dpkg -i ${file} 0`,
    "backend-1 chef-backend-ctl set-cluster-failover on 0",
    "backend-1 chef-backend-ctl upgrade --failover 0",
  ]);
});

test("two followers at once are seen: both out, and the stop was a risk", async () => {
  const { sim, clock, start, put } = rig();
  const file = put({ version: "2.3.16" });
  await clock.run(Promise.all(["backend-2", "backend-3"].map((node) => start(node, ["dpkg", "-i", file]))));
  await clock.run(Promise.all(["backend-2", "backend-3"].map((node) => start(node, [ctl, "upgrade"]))));
  expect(sim.maxOut).toBeGreaterThanOrEqual(2);
  expect(sim.riskyStops.length).toBeGreaterThan(0);
  expect(sim.leaderlessSeconds).toBeGreaterThan(0);
});

test("a node on its way back: missing, waiting for the leader, syncing, back", async () => {
  const { sim, exec, start, put, seconds, clock } = rig();
  await exec("backend-2", "dpkg", "-i", put({ version: "2.3.16" }));
  const upgrade = start("backend-2", [ctl, "upgrade"]);
  const seen = new Set<string>();
  for (let round = 0; round < 50; round++) {
    await seconds(2);
    const { stdout } = await exec("backend-1", ctl, "cluster-status");
    seen.add(/^backend-2 +\S+ +\S+ +(\S+ +\S+)/m.exec(stdout)?.[1]?.replace(/ +/, " ") ?? "missing");
  }
  expect([...seen]).toEqual([
    "follower follower",
    "missing",
    "waiting_for_leader syncing",
    "follower syncing",
  ]);
  expect((await clock.run(upgrade)).code).toBe(0);
  expect(sim.outOfService()).toEqual([]);
});

test("what status says of other nodes is old, up to 15 s; local services are live", async () => {
  const { exec, sim, seconds } = rig({ timings: { control: 0 } });
  sim.backend("backend-2").stop();
  const here = await exec("backend-2", ctl, "status", "--simple");
  expect(here.stdout).toMatch(/^down: leaderl: 0s, normally up/m);
  expect((await exec("backend-1", ctl, "cluster-status")).stdout).toMatch(
    /^backend-2 .* follower +follower/m,
  );
  await seconds(15);
  expect((await exec("backend-1", ctl, "cluster-status")).stdout).not.toContain("backend-2");
  const { stdout } = await exec("backend-1", ctl, "status");
  expect(stdout).toContain("state: yellow; nodes online: 2/3");
  expect(stdout).toContain("leader: 1; offline: 1; syncing: 0; synced: 1");
});

test("the intervals of publishing can be changed, and stand in chef-backend.rb then", async () => {
  const timings = { statusInternalUpdateInterval: 1, statusPostUpdateInterval: 2, control: 0 };
  const { exec, sim, seconds } = rig({ timings });
  sim.backend("backend-2").stop();
  await seconds(3);
  expect((await exec("backend-1", ctl, "cluster-status")).stdout).not.toContain("backend-2");
  const { stdout } = await exec("backend-1", "cat", "/etc/chef-backend/chef-backend.rb");
  expect(stdout).toContain("status_post_update_interval_seconds = 2");
});

test("a leader that dies is replaced after its lease; with failover off nobody is elected", async () => {
  for (const [failover, next] of [
    ["on", "backend-2"],
    ["off", null],
  ] as const) {
    const { exec, sim, seconds } = rig();
    await exec("backend-1", ctl, "set-cluster-failover", failover);
    sim.nodeDown("backend-1");
    await seconds(29);
    expect(sim.leader).toBe("backend-1");
    await seconds(5);
    expect(sim.leader).toBe(next);
    if (next === null) {
      const { stdout } = await exec("backend-2", ctl, "status");
      await seconds(15);
      expect(stdout).toContain("leader: 0");
      expect((await exec("backend-2", ctl, "cluster-status")).stdout).toContain("waiting_for_leader");
    }
    sim.nodeUp("backend-1");
    await seconds(120);
    expect(sim).toMatchObject({ leader: next ?? "backend-1", healthy: true });
  }
});

test("the lease is 10 s before 1.2.5", async () => {
  const { sim, seconds } = rig({ version: "1.2.0" });
  sim.nodeDown("backend-1");
  await seconds(13);
  expect(sim.leader).toBe("backend-2");
});

test("without a majority of etcd there is nothing to read and nothing to set", async () => {
  const { exec, sim } = rig();
  sim.nodeDown("backend-2");
  sim.nodeDown("backend-3");
  expect((await exec("backend-1", ctl, "cluster-status")).code).toBe(1);
  expect((await exec("backend-1", ctl, "set-cluster-failover", "off")).code).toBe(1);
  expect(sim.failover).toBe(true);
  await expect(exec("backend-2", "id", "-u")).rejects.toThrow("backend-2 is down");
});

test("down-for-upgrade on all, then upgrade on all: the cluster comes back with its old leader", async () => {
  const { exec, start, sim, put, clock, seconds } = rig({ version: "1.4.6" });
  const file = put({ version: "2.3.16" });
  for (const { name } of sim.backends) await exec(name, "dpkg", "-i", file);
  for (const node of ["backend-1", "backend-2", "backend-3"]) await exec(node, ctl, "down-for-upgrade");
  expect(sim.outOfService()).toHaveLength(3);
  const upgrades = ["backend-2", "backend-3", "backend-1"].map((node) => start(node, [ctl, "upgrade"]));
  expect((await clock.run(Promise.all(upgrades))).map(({ code }) => code)).toEqual([0, 0, 0]);
  await seconds(60);
  expect(sim).toMatchObject({ healthy: true, leader: "backend-1" });
});

test.each(["on", "true", "enabled"])(
  "set-cluster-failover and set-node-failover take %s and its opposite",
  async (on) => {
    const off = { on: "off", true: "false", enabled: "disabled" }[on]!;
    const { exec, sim } = rig();
    await exec("backend-3", ctl, "set-cluster-failover", off);
    expect(sim.failover).toBe(false);
    expect((await exec("backend-1", ctl, "cluster-status")).stdout).toMatch(/ blocked +true$/m);
    expect((await exec("backend-1", ctl, "demote")).code).toBe(1);
    await exec("backend-2", ctl, "set-cluster-failover", on);
    await exec("backend-2", ctl, "set-node-failover", off);
    expect(sim.backend("backend-2").failover).toBe(false);
    expect((await exec("backend-1", ctl, "promote", "backend-2")).code).toBe(1);
    expect((await exec("backend-1", ctl, "demote")).code).toBe(0);
    expect(sim.leader).toBe("backend-3");
    expect((await exec("backend-1", ctl, "set-cluster-failover", "maybe")).code).toBe(1);
  },
);

test("upgrade --failover needs failover on, and the leader", async () => {
  const { exec, sim, put } = rig();
  await exec("backend-1", "dpkg", "-i", put({ version: "2.3.16" }));
  await exec("backend-1", ctl, "set-cluster-failover", "off");
  expect((await exec("backend-1", ctl, "upgrade", "--failover")).stderr).toContain("failover is disabled");
  expect((await exec("backend-2", ctl, "upgrade", "--failover")).stderr).toContain(
    "only be used on the leader",
  );
  sim.switches("backend-2").failoverOnNonLeader = "plain-upgrade";
  expect((await exec("backend-2", ctl, "upgrade", "--failover")).code).toBe(0);
  expect(sim.leader).toBe("backend-1");
});

test("an upgrade with nothing to do restarts nothing", async () => {
  const { exec, sim } = rig();
  expect(await exec("backend-2", ctl, "upgrade")).toMatchObject({ code: 0 });
  expect(sim.maxOut).toBe(0);
});
