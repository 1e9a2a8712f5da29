import { rig, ctl } from "./rig";

/** A rig where backend-2 has the new package installed. */
async function installed(script: "none" | "restart" | "stop" = "none") {
  const b = rig();
  await b.exec("backend-2", "dpkg", "-i", b.put({ version: "2.3.16", postinst: script }));
  return b;
}

test("upgradeReturnsEarly: 0 before the node is back", async () => {
  const { sim, exec, seconds } = await installed();
  sim.switches("backend-2").upgradeReturnsEarly = true;
  expect((await exec("backend-2", ctl, "upgrade")).code).toBe(0);
  expect(sim.outOfService()).toEqual(["backend-2"]);
  await seconds(60);
  expect(sim.healthy).toBe(true);
});

test("serviceNotRestarted: one service keeps its process and start time", async () => {
  const { sim, exec } = await installed();
  sim.switches("backend-2").serviceNotRestarted = "etcd";
  const before = { ...sim.backend("backend-2").services.get("etcd")! };
  await exec("backend-2", ctl, "upgrade");
  expect(sim.backend("backend-2").services.get("etcd")).toMatchObject({
    pid: before.pid,
    since: before.since,
  });
  expect(sim.backend("backend-2").services.get("leaderl")!.since).toBeGreaterThan(before.since);
  expect(await exec("backend-2", ctl, "upgrade")).toMatchObject({ code: 0 });
  expect(sim.backend("backend-2").services.get("etcd")!.pid).toBe(before.pid);
});

test("upgradeFails: with its message, before the restart or after", async () => {
  const { sim, exec } = await installed();
  sim.switches("backend-2").upgradeFails = { code: 7, message: "disk on fire" };
  expect(await exec("backend-2", ctl, "upgrade")).toMatchObject({ code: 7, stderr: "disk on fire\n" });
  expect(sim.maxOut).toBe(0);
  sim.switches("backend-2").upgradeFails = { code: 7, message: "late", afterRestart: true };
  expect((await exec("backend-2", ctl, "upgrade")).code).toBe(7);
  expect(sim.maxOut).toBe(1);
  expect(sim.runningVersions()["backend-2"]).toBe("2.1.0-1");
  sim.switches("backend-2").upgradeFails = null;
  expect((await exec("backend-2", ctl, "upgrade")).code).toBe(0);
  expect(sim.runningVersions()["backend-2"]).toBe("2.3.16-1");
});

test("upgradeHangs: until it is switched off, or the command is killed", async () => {
  const { sim, start, clock, seconds, exec } = await installed();
  sim.switches("backend-2").upgradeHangs = true;
  const killed = new AbortController();
  const first = start("backend-2", [ctl, "upgrade"], { signal: killed.signal });
  await seconds(86400);
  killed.abort();
  expect(await clock.run(first)).toMatchObject({ code: 137, signal: "SIGKILL" });
  expect(sim.history.at(-1)).toMatchObject({ killed: true });
  const second = start("backend-2", [ctl, "upgrade"]);
  await seconds(86400);
  sim.switches("backend-2").upgradeHangs = false;
  expect((await clock.run(second)).code).toBe(0);
  expect((await exec("backend-2", ctl, "upgrade")).stdout).toContain("Nothing to restart");
});

test("rejoinFails: the node waits for the leader, upgrade gives up; partially_synced leaves a sentinel", async () => {
  const { sim, exec, seconds } = await installed();
  sim.switches("backend-2").rejoinFails = "waiting_for_leader";
  expect((await exec("backend-2", ctl, "upgrade")).stderr).toContain("has not rejoined");
  expect((await exec("backend-1", ctl, "cluster-status")).stdout).toMatch(
    /^backend-2.*waiting_for_leader +syncing/m,
  );
  sim.switches("backend-2").rejoinFails = "partially_synced";
  expect((await exec("backend-2", "cat", "/var/opt/chef-backend/leaderl/data/unsynced")).code).toBe(0);
  await seconds(20);
  expect((await exec("backend-1", ctl, "cluster-status", "--json")).stdout).toContain(
    '"partially_synced": true',
  );
  sim.switches("backend-2").rejoinFails = false;
  await seconds(60);
  expect(sim.outOfService()).toEqual([]);
});

test("rejoinSlow adds to the catch-up", async () => {
  const { sim, exec, clock } = await installed();
  sim.switches("backend-2").rejoinSlow = 300;
  const start = clock.now();
  await exec("backend-2", ctl, "upgrade");
  expect(clock.now() - start).toBeGreaterThan(300_000);
});

test("a maintainer script restarts the services, or stops them; upgrade mends that", async () => {
  const restart = await installed("restart");
  expect(restart.sim.maxOut).toBe(1);
  await restart.seconds(60);
  expect(restart.sim.healthy).toBe(true);
  expect(restart.sim.runningVersions()["backend-2"]).toBe("2.1.0-1");
  const stop = await installed("stop");
  await stop.seconds(600);
  expect(stop.sim.outOfService()).toEqual(["backend-2"]);
  expect((await stop.exec("backend-2", ctl, "upgrade")).code).toBe(0);
  expect(stop.sim.outOfService()).toEqual([]);
});

test("the switch overrides the package's script", async () => {
  const { sim, exec, put } = rig();
  sim.switches("backend-2").maintainerScript = "stop";
  await exec("backend-2", "dpkg", "-i", put({ version: "2.3.16" }));
  expect(sim.outOfService()).toEqual(["backend-2"]);
});

test("installBreaksLeader: only while the node leads; with failover on a follower takes over", async () => {
  const { sim, exec, put, seconds } = rig();
  for (const { name } of sim.backends) sim.switches(name).installBreaksLeader = true;
  const file = put({ version: "2.3.16" });
  await exec("backend-2", "dpkg", "-i", file);
  expect(sim.maxOut).toBe(0);
  await exec("backend-1", "dpkg", "-i", file);
  expect(sim.outOfService()).toEqual(["backend-1"]);
  await seconds(40);
  expect(sim.leader).toBe("backend-2");
  expect((await exec("backend-1", ctl, "upgrade")).code).toBe(0);
  expect(sim.outOfService()).toEqual([]);
});

test("elasticsearchYellow: for a time, or until told otherwise", async () => {
  const { sim, exec, seconds } = rig();
  const state = async () => /state: (\w+)/.exec((await exec("backend-1", ctl, "status")).stdout)![1];
  sim.elasticsearchYellow(60);
  await seconds(20);
  expect([sim.healthy, await state()]).toEqual([false, "yellow"]);
  await seconds(60);
  expect([sim.healthy, await state()]).toEqual([true, "green"]);
  sim.elasticsearchYellow(Infinity);
  await seconds(86400);
  expect(sim.healthy).toBe(false);
  sim.elasticsearchGreen();
  expect(sim.healthy).toBe(true);
});

test("Elasticsearch goes yellow when a node leaves, its master moves, and the shards take a while", async () => {
  const { sim, seconds } = rig();
  sim.backend("backend-3").stop(["elasticsearch"]);
  expect([sim.search.colour, sim.search.master?.name]).toEqual(["yellow", "backend-1"]);
  sim.backend("backend-2").stop(["elasticsearch"]);
  expect(sim.search.colour).toBe("red");
  for (const node of ["backend-2", "backend-3"]) sim.backend(node).start(["elasticsearch"]);
  await seconds(12);
  expect([sim.search.colour, sim.outOfService()]).toEqual(["yellow", []]);
  await seconds(20);
  expect(sim.search.colour).toBe("green");
});

test("leaderMovesDuring: while a command runs, once", async () => {
  const { sim, exec } = rig();
  const trigger = sim.leaderMovesDuring("backend-2", [ctl, "upgrade"], "backend-3");
  await exec("backend-1", ctl, "upgrade");
  expect([sim.leader, trigger.fired]).toEqual(["backend-1", false]);
  await exec("backend-2", ctl, "upgrade");
  expect([sim.leader, trigger.fired]).toEqual(["backend-3", true]);
});

test("reboot: commands die, the boot id changes, the services come back with the installed build", async () => {
  const { sim, start, clock, exec, seconds } = await installed();
  const boot = (await exec("backend-2", "cat", "/proc/sys/kernel/random/boot_id")).stdout;
  sim.when("backend-2", [ctl, "upgrade"], () => sim.reboot("backend-2"), 5);
  expect(await clock.run(start("backend-2", [ctl, "upgrade"]))).toMatchObject({ code: 137 });
  await seconds(120);
  expect((await exec("backend-2", "cat", "/proc/sys/kernel/random/boot_id")).stdout).not.toBe(boot);
  expect(Number((await exec("backend-2", "cat", "/proc/uptime")).stdout.split(" ")[0])).toBeLessThan(120);
  expect(sim.backend("backend-2").services.get("etcd")!.build).toBe("2.3.16-1");
  expect(sim.runningVersions()["backend-2"]).toBe("2.1.0-1");
  await seconds(60);
  expect(sim.healthy).toBe(true);
});

test("controlFails, clockDrift, diskFree", async () => {
  const { sim, exec } = rig();
  const switches = sim.switches("backend-1");
  switches.controlFails = "no memory";
  expect(await exec("backend-1", ctl, "status")).toMatchObject({ code: 1, stderr: "no memory\n" });
  switches.clockDrift = 3;
  const seconds = async (node: string) => Number((await exec(node, "date", "+%s.%N")).stdout);
  expect((await seconds("backend-1")) - (await seconds("backend-2"))).toBeCloseTo(3);
  switches.diskFree = { "/": 1000, "/var/opt": 50 };
  const { stdout } = await exec("backend-1", "df", "-Pk", "/opt", "/var/opt/chef-backend");
  expect(stdout).toMatch(/^Filesystem +1024-blocks +Used +Available +Capacity +Mounted on\n/);
  expect(stdout).toMatch(/ 1000 +\d+% \/\n/);
  expect(stdout).toMatch(/ 50 +\d+% \/var\/opt\n$/);
});
