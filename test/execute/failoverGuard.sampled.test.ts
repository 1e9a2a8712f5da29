/** `failoverGuard` in memory: a client is killed, and failover does not stay off. */
import { Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import * as reindex from "./reindexRig";
import { blame } from "../support/labLog";
import { sampled, stride } from "../support/sample";

/** The guard's time, two looks, and the end of what ran when the client was killed. */
const hour = 3_600_000;
const guardJobs = (r: Rehearsal) => r.jobs.filter((job) => job.kind === "guard");

/** Kills the client some seconds into its n-th step; gives the step. */
async function killAt(r: Rehearsal, index: number, seconds: number, change = {}): Promise<string> {
  const client = r.client();
  let at = "";
  check.atStep(r, index, (step) => {
    at = step;
    r.clock.setTimer(seconds * 1000, () => client.kill());
  });
  await expect(r.up(change, client)).rejects.toThrow("killed");
  r.onEvent = undefined;
  return at;
}

test.each([true, false])(
  "killed in the middle of every step: failover is on again where all is healthy, and the next run goes on (cluster-status shows it: %s)",
  async (blocked) => {
    const steps = await check.planOf(new Rehearsal());
    const found: Record<string, string[]> = {};
    let acted = 0;
    for (const index of sampled([...steps.keys()], blocked ? 0 : 3)) {
      const r = new Rehearsal({ columns: { blocked } });
      const step = await killAt(r, index, 0.25);
      await r.clock.advance(hour);
      const problems: string[] = [];
      const { inside = null } = check.recordOf(r) ?? {};
      // Between "inside" and the claim of its job nobody but the next run can know that nothing has begun.
      const unbegun = inside !== null && r.jobs.every((job) => job.node !== inside);
      if (!r.sim.failover && r.sim.healthy && !unbegun) problems.push("failover is off");
      acted += guardJobs(r).length;
      problems.push(...check.allProblems(r, await r.up()));
      if (blame(r, problems)) found[`${index} ${step}`] = problems;
    }
    expect(found).toEqual({});
    expect(acted).toBeGreaterThan(0);
  },
);

test.each([
  ["after the rolling update", reindex.oneHop],
  ["before it", reindex.rebuildFirst],
])(
  "killed in the middle of every step while the search is stopped, %s: failover is on again wherever no backend is inside its step",
  async (_what, way) => {
    const steps = await reindex.stepsOf(way);
    const found: Record<string, string[]> = {};
    let acted = 0;
    const all = [...steps.entries()].filter(([, step]) =>
      /search$|-index$|healthy$|failover-off$|reconfigure$/.test(step),
    );
    for (const [index, step] of sampled(all, 1)) {
      const r = reindex.aRehearsal(way);
      const change = reindex.asked(r, way, { reindexTestOrg: "acme" });
      const client = r.client();
      reindex.atStep(r, index, () => r.clock.setTimer(5000, () => client.kill()));
      if (await check.upOrKilled(r, change, client)) continue;
      await r.clock.advance(hour);
      const problems: string[] = [];
      const { inside = null } = check.recordOf(r) ?? {};
      if (!r.sim.failover && inside === null) problems.push("failover is off");
      acted += guardJobs(r).length;
      problems.push(...reindex.endProblems(r, await r.up(change), way), ...reindex.harm(r));
      if (blame(r, problems)) found[`${index} ${step}`] = problems;
    }
    expect(found).toEqual({});
    expect(acted).toBeGreaterThan(0);
  },
);

test("no backend is inside its step: it is on again, however sick the cluster is", async () => {
  const r = new Rehearsal();
  await killAt(r, 0, 2);
  r.sim.backend("backend-3").stop(["elasticsearch"]);
  await r.clock.advance(hour / 2);
  expect([r.sim.healthy, r.sim.failover]).toEqual([false, true]);
});

test("right after `set-cluster-failover off`: on again after the guard's time, and no sooner", async () => {
  const r = new Rehearsal();
  await killAt(r, 0, 2);
  expect(r.sim.failover).toBe(false);
  await r.clock.advance(290_000);
  expect([r.sim.failover, guardJobs(r)]).toEqual([false, []]);
  await r.clock.advance(60_000);
  expect(r.sim.failover).toBe(true);
  expect(check.recordOf(r)).toMatchObject({ failover: "off" });
});

test("two guards on two nodes do not disturb each other", async () => {
  const r = new Rehearsal();
  const steps = await check.planOf(r);
  // The first follower is done: its guard and that of `failover-off` stand.
  const index = steps.findIndex((step) => step.id === "backend-3/install");
  const client = r.client();
  check.atStep(r, index, () => client.kill());
  await expect(r.up({}, client)).rejects.toThrow("killed");
  r.onEvent = undefined;
  await r.clock.advance(hour);
  expect(
    guardJobs(r)
      .map(({ node }) => node)
      .sort(),
  ).toEqual(["backend-1", "backend-2"]);
  expect(r.sim.failover).toBe(true);
  expect(check.allProblems(r, await r.up())).toEqual([]);
});

test("while a node is out it stays off; once it is back, it is on", async () => {
  const r = new Rehearsal();
  const index = (await check.planOf(r)).findIndex((step) => step.id === "backend-2/upgrade");
  const client = r.client();
  check.atStep(r, index, () => r.clock.setTimer(1000, () => client.kill()));
  r.sim.switches("backend-2").upgradeReturnsEarly = true;
  r.sim.switches("backend-2").rejoinFails = "waiting_for_leader";
  await expect(r.up({}, client)).rejects.toThrow("killed");
  await r.clock.advance(hour);
  expect([r.sim.healthy, r.sim.failover]).toEqual([false, false]);
});

test("while another node is inside its step it stays off, however healthy all looks", async () => {
  const r = new Rehearsal();
  const index = (await check.planOf(r)).findIndex((step) => step.id === "backend-3/install");
  r.sim.switches("backend-3").installFails = { code: 1, message: "no" };
  await killAt(r, index, 0.25);
  await r.clock.advance(hour);
  expect(check.recordOf(r)).toMatchObject({ inside: "backend-3" });
  expect([r.sim.failover, guardJobs(r)]).toEqual([false, []]);
});

test("another run has the lock: its own guards count, the first one's are gone", async () => {
  const r = new Rehearsal();
  await killAt(r, 3, 0.25);
  await r.clock.advance(60_000);
  const second = r.client();
  const index = 2;
  check.atStep(r, index, () => r.clock.setTimer(250, () => second.kill()));
  await expect(r.up({}, second)).rejects.toThrow("killed");
  r.onEvent = undefined;
  const begun = r.clock.now();
  await r.clock.advance(290_000);
  // The first run's time is over long since.
  expect(guardJobs(r)).toEqual([]);
  await r.clock.advance(hour);
  expect(guardJobs(r).every((job) => job.run === "run2" && job.at > begun + 290_000)).toBe(true);
  expect(check.allProblems(r, await r.up())).toEqual([]);
});

test("0 is off: it stays off until the next run", async () => {
  const r = new Rehearsal();
  await killAt(r, 0, 2, { failoverGuard: 0 });
  await r.clock.advance(30 * hour);
  expect([r.sim.failover, guardJobs(r)]).toEqual([false, []]);
  expect(check.allProblems(r, await r.up())).toEqual([]);
});

test("a run that ends leaves no guard behind", async () => {
  const r = new Rehearsal();
  expect(check.allProblems(r, await r.up())).toEqual([]);
  await r.clock.run(r.sim.exec("backend-1", ["chef-backend-ctl", "set-cluster-failover", "off"], {}));
  await r.clock.advance(30 * hour);
  expect([r.sim.failover, guardJobs(r)]).toEqual([false, []]);
});

/** The client falls asleep so many milliseconds into its n-th step, and wakes up so many seconds later. */
async function sleepAt(r: Rehearsal, index: number, seconds: number, into = 30) {
  const client = r.client();
  let before = 0;
  check.atStep(r, index, () => {
    const fallAsleep = () => {
      const wakeUp = client.fallAsleep();
      r.clock.setTimer(seconds * 1000, () => {
        before = guardJobs(r).length;
        wakeUp();
      });
    };
    if (into > 0) r.clock.setTimer(into, fallAsleep);
    else fallAsleep();
  });
  const result = await r.up({}, client);
  return { problems: check.allProblems(r, result), before };
}

test.each([true, false])(
  "a laptop that slept beyond the guard's time: failover is blocked again before it goes on (cluster-status shows it: %s)",
  async (blocked) => {
    const steps = await check.planOf(new Rehearsal());
    const found: Record<string, string[]> = {};
    let acted = 0;
    for (const [index, step] of sampled([...steps.entries()], blocked ? 2 : 4)) {
      const r = new Rehearsal({ columns: { blocked } });
      const { problems, before } = await sleepAt(r, index, 600);
      acted += before;
      if (blame(r, problems)) found[`${index} ${step.id}`] = problems;
    }
    expect(found).toEqual({});
    expect(acted).toBeGreaterThan(0);
  },
);

test.each(["backend-2/install", "backend-3/install"])(
  "a laptop that wakes up at any moment around the guard's, before %s: nothing is worked on with failover on",
  async (id) => {
    const index = (await check.planOf(new Rehearsal())).findIndex((step) => step.id === id);
    const found: Record<string, string[]> = {};
    const seen = new Set<boolean>();
    for (let seconds = 285; seconds < 340; seconds += 0.53 * stride()) {
      const r = new Rehearsal();
      const { problems, before } = await sleepAt(r, index, seconds, 0);
      seen.add(before > 0);
      if (blame(r, problems)) found[`${seconds} s, ${before} acted`] = problems;
    }
    expect(found).toEqual({});
    expect(seen).toEqual(new Set([false, true]));
  },
);

test.each(["backend-2/stop-search", "backend-3/stop-search", "backend-2/delete-index"])(
  "a laptop that slept at %s until a guard had acted: failover is off again before Elasticsearch is stopped or its data deleted",
  async (id) => {
    const r = reindex.aRehearsal();
    const client = r.client();
    let acted = 0;
    r.onEvent = (event) => {
      if (event.type !== "step-started" || event.step !== id) return;
      r.onEvent = undefined;
      const wakeUp = client.fallAsleep();
      r.clock.setTimer(hour, () => {
        acted = guardJobs(r).length;
        wakeUp();
      });
    };
    expect(reindex.endProblems(r, await r.up(reindex.asked(r), client))).toEqual([]);
    expect(acted).toBeGreaterThan(0);
    const unblocked = r.jobs.filter(
      ({ kind, failover }) => failover && /stop-search|delete-index/.test(kind),
    );
    expect(unblocked.map(({ node, kind }) => `${node} ${kind}`)).toEqual([]);
  },
);
