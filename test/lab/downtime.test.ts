import { rig, ctl } from "./rig";

const names = ["backend-1", "backend-2", "backend-3"];

/** Chef Backend 1.4.40 with 2.3.16 installed everywhere. */
async function installed() {
  const r = rig({ version: "1.4.40" });
  const file = r.put({ version: "2.3.16" });
  for (const node of names) await r.exec(node, "dpkg", "-i", file);
  const down = async () => {
    for (const node of names) expect((await r.exec(node, ctl, "down-for-upgrade")).code).toBe(0);
  };
  return { ...r, down };
}

test("the vendor's downtime procedure: the old leader leads again, the others rejoin", async () => {
  const { sim, down, start, clock, seconds } = await installed();
  expect(sim).toMatchObject({ healthy: true, maxOut: 0 });
  await down();
  await seconds(120);
  expect([sim.leader, sim.outOfService()]).toEqual([null, names]);
  const followers = ["backend-2", "backend-3"].map((node) => start(node, [ctl, "upgrade"]));
  await seconds(120);
  expect(sim.leader).toBeNull();
  expect((await clock.run(start("backend-1", [ctl, "upgrade"]))).code).toBe(0);
  expect((await clock.run(Promise.all(followers))).map(({ code }) => code)).toEqual([0, 0]);
  await seconds(60);
  expect(sim).toMatchObject({ healthy: true, leader: "backend-1", accidents: [] });
  expect(Object.values(sim.runningVersions())).toEqual(Array(3).fill("2.3.16-1"));
  expect(sim.unansweredSeconds).toBeGreaterThan(240);
  // 2.x reads the index of 1.x.
  expect(sim.search).toMatchObject({ index: { createdBy: "2.3.1" }, complete: true });
});

test("upgrade without anybody else: waits and gives up, returns when its services are started, or starts no database", async () => {
  for (const [way, code] of [
    ["blocks", 1],
    ["returns", 0],
    ["waits", 1],
  ] as const) {
    const { sim, down, exec, clock } = await installed();
    sim.upgradeAlone = way;
    await down();
    const before = clock.now();
    expect((await exec("backend-2", ctl, "upgrade")).code).toBe(code);
    expect((clock.now() - before) / 1000 > sim.timings.verifyTimeout).toBe(way !== "returns");
    const running = ["etcd", "leaderl", "postgresql"].map((name) =>
      sim.backend("backend-2").running(name as never),
    );
    expect(running).toEqual([true, true, way !== "waits"]);
  }
});

test("where somebody leads, upgrade verifies the rejoin either way", async () => {
  const { sim, exec, put } = rig({ version: "2.1.0" });
  sim.upgradeAlone = "returns";
  await exec("backend-2", "dpkg", "-i", put({ version: "2.3.16" }));
  expect((await exec("backend-2", ctl, "upgrade")).code).toBe(0);
  expect(sim.backend("backend-2").synced).toBe(true);
});

test("an upgrade to 2.x while 1.x runs elsewhere is an accident; it rejoins when 1.x is down there", async () => {
  const { sim, exec, start, clock, seconds } = await installed();
  await exec("backend-2", ctl, "down-for-upgrade");
  expect((await exec("backend-2", ctl, "upgrade")).stderr).toContain("has not rejoined");
  expect(sim.accidents).toEqual([
    "backend-2 was upgraded to 2.x while services of 1.x ran on backend-1, backend-3",
  ]);
  await seconds(3600);
  expect([sim.outOfService(), sim.leader]).toEqual([["backend-2"], "backend-1"]);
  for (const node of ["backend-1", "backend-3"]) await exec(node, ctl, "down-for-upgrade");
  const rest = ["backend-3", "backend-1"].map((node) => start(node, [ctl, "upgrade"]));
  expect((await clock.run(Promise.all(rest))).map(({ code }) => code)).toEqual([0, 0]);
  await seconds(60);
  expect(sim.healthy).toBe(true);
});

test("start takes a node back as long as no upgrade was run anywhere", async () => {
  const { sim, down, exec, seconds } = await installed();
  await exec("backend-3", ctl, "down-for-upgrade");
  await exec("backend-3", ctl, "start");
  await seconds(60);
  expect(sim).toMatchObject({ healthy: true, accidents: [] });
  await down();
  sim.upgradeAlone = "returns";
  await exec("backend-2", ctl, "upgrade");
  for (const node of ["backend-1", "backend-3"]) await exec(node, ctl, "start");
  await seconds(600);
  expect(sim.leader).toBeNull();
  expect((await exec("backend-1", ctl, "upgrade")).code).toBe(0);
  await seconds(60);
  expect([sim.leader, sim.outOfService()]).toEqual(["backend-1", ["backend-3"]]);
  const { pid } = sim.backend("backend-3").services.get("etcd")!;
  expect((await exec("backend-3", ctl, "upgrade")).code).toBe(0);
  // Its data is carried over: that takes a restart although the build is the same.
  expect(sim.backend("backend-3").services.get("etcd")!.pid).not.toBe(pid);
});

test("noLeaderAfterFullStop: nobody is elected until it is switched off", async () => {
  const { sim, down, exec, seconds } = await installed();
  sim.noLeaderAfterFullStop = true;
  sim.upgradeAlone = "returns";
  await down();
  for (const node of ["backend-2", "backend-3", "backend-1"]) await exec(node, ctl, "upgrade");
  await seconds(3600);
  expect(sim.leader).toBeNull();
  expect((await exec("backend-2", ctl, "status")).stdout).toContain("leader: 0; waiting: 3");
  sim.noLeaderAfterFullStop = false;
  await seconds(60);
  expect(sim).toMatchObject({ leader: "backend-1", healthy: true });
  sim.noLeaderAfterFullStop = true;
  sim.nodeDown("backend-1");
  await seconds(60);
  expect(sim.leader).toBe("backend-2");
});

test("noLeaderAfterFullStop: not even when the stop was shorter than the lease", async () => {
  for (const [on, leader] of [
    [false, "backend-1"],
    [true, null],
  ] as const) {
    const { sim, exec, seconds } = rig();
    sim.noLeaderAfterFullStop = on;
    for (const node of names) await exec(node, ctl, "stop");
    for (const node of names) await exec(node, ctl, "start");
    await seconds(10);
    expect(sim.leader).toBe(leader);
  }
});

test("noLeaderAfterFullStop does not touch a cluster of which one node stays up", async () => {
  const { sim, exec, seconds } = rig();
  sim.noLeaderAfterFullStop = true;
  for (const node of ["backend-1", "backend-3"]) await exec(node, ctl, "stop");
  for (const node of ["backend-1", "backend-3"]) await exec(node, ctl, "start");
  await seconds(120);
  expect(sim.healthy).toBe(true);
});

test("down-for-upgrade: nothing to do on a node that is down; downFails touches nothing; startFails", async () => {
  const { sim, exec, clock } = await installed();
  const switches = sim.switches("backend-2");
  switches.downFails = { code: 3, message: "no" };
  expect(await exec("backend-2", ctl, "down-for-upgrade")).toMatchObject({ code: 3, stderr: "no\n" });
  expect(sim.outOfService()).toEqual([]);
  switches.downFails = null;
  await exec("backend-2", ctl, "down-for-upgrade");
  const { since } = sim.backend("backend-2").services.get("etcd")!;
  const before = clock.now();
  expect((await exec("backend-2", ctl, "down-for-upgrade")).code).toBe(0);
  expect((clock.now() - before) / 1000).toBe(sim.timings.control);
  expect(sim.backend("backend-2").services.get("etcd")!.since).toBe(since);
  switches.startFails = { code: 4, message: "not today" };
  expect((await exec("backend-2", ctl, "start")).code).toBe(4);
  expect(sim.outOfService()).toEqual(["backend-2"]);
});

test("a rolling update from 2.x to 3.x is no crossing", async () => {
  const { sim, exec, put, seconds } = rig({ version: "2.3.16" });
  await exec("backend-2", "dpkg", "-i", put({ version: "3.1.1" }));
  expect((await exec("backend-2", ctl, "upgrade")).code).toBe(0);
  await seconds(60);
  expect(sim.outOfService()).toEqual([]);
  expect(sim).toMatchObject({ accidents: [], maxOut: 1 });
});

test.each([
  ["1.2.4", 10, false, false],
  ["1.4.40", 30, true, false],
  ["2.0.30", 30, true, true],
  ["3.0.0", 30, true, true],
])("%s: a lease of %i s, epmd listed: %s, further columns: %s", async (version, lease, epmd, columns) => {
  const { sim, exec, seconds } = rig({ version });
  expect((await exec("backend-2", ctl, "status")).stdout.includes("\nepmd ")).toBe(epmd);
  expect((await exec("backend-2", ctl, "cluster-status")).stdout.includes("Blocked")).toBe(columns);
  sim.nodeDown("backend-1");
  await seconds(lease - 1);
  expect(sim.leader).toBe("backend-1");
  await seconds(4);
  expect(sim.leader).toBe("backend-2");
});
