import { ctl, rig, status } from "./rig";

const old = {
  "backend-1": "1.4.6-1",
  "backend-2": "1.4.6-1",
  "frontend-1": "1.4.6-1",
  "frontend-2": "1.4.6-1",
};
const now = {
  ...{ "backend-1": "11.3.2-1", "backend-2": "11.3.2-1" },
  ...{ "frontend-1": "11.3.2-1", "frontend-2": "11.3.2-1" },
};

test("the vendor's steps in their order lead to Enterprise Chef 11, without an accident", async () => {
  const { sim, throughout } = rig();
  expect([sim.installedVersions(), sim.upgradedVersions()]).toEqual([old, old]);
  expect([sim.master, sim.serving]).toEqual(["backend-1", ["frontend-1", "frontend-2"]]);
  await throughout();
  expect([sim.installedVersions(), sim.upgradedVersions()]).toEqual([now, now]);
  expect([sim.master, sim.serving]).toEqual(["backend-1", ["frontend-1", "frontend-2"]]);
  expect(sim.accidents).toEqual([]);
  expect(sim.unservedSeconds).toBeGreaterThan(200);
});

test("where the other backend was active, stopping its keepalived makes the bootstrap one master, after a while", async () => {
  const { sim, well, seconds } = rig({ master: "secondary" });
  expect(await well("backend-2", "cat", status)).toBe("master\n");
  await well("backend-2", ctl, "stop", "keepalived");
  expect([await well("backend-1", "cat", status), await well("backend-2", "cat", status)]).toEqual([
    "backup\n",
    "backup\n",
  ]);
  expect([sim.master, sim.serving]).toEqual([null, []]);
  await seconds(30);
  expect(await well("backend-1", "cat", status)).toBe("master\n");
  expect(sim.serving).toEqual(["frontend-1", "frontend-2"]);
});

test("upgrade that is killed at any moment, or whose machine goes down, can be run again", async () => {
  for (const seconds of [0.5, 20, 60, 120]) {
    const { sim, clock, start, well, untilCopied } = rig();
    sim.switches("backend-1").upgradeFails = { code: 1, message: "not yet" };
    await expect(untilCopied()).rejects.toThrow("not yet");
    sim.switches("backend-1").upgradeFails = null;
    const killed = start("backend-1", [ctl, "upgrade"]);
    await clock.advance(seconds * 1000);
    sim.nodeDown("backend-1");
    expect(await killed).toMatchObject({ signal: "SIGKILL" });
    sim.nodeUp("backend-1");
    await clock.advance(60_000);
    expect(await well("backend-1", ctl, "upgrade")).toContain("Chef Server Upgraded!");
    expect([sim.master, sim.accidents]).toEqual(["backend-1", []]);
  }
});

test("keepalived: the master stays while it runs; a restart beside the other one's moves it", async () => {
  const { sim, well, seconds } = rig();
  await well("backend-1", ctl, "restart", "keepalived");
  await seconds(60);
  expect(sim.master).toBe("backend-2");
  await well("backend-1", ctl, "restart", "keepalived");
  await seconds(60);
  expect(sim.master).toBe("backend-2");
});
