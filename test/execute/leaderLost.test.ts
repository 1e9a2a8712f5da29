/** The leader is lost while failover is off by us: whoever can elect another one is let do so. */
import { defaultFailoverGuard } from "../../provider/plan/spec";
import { Rehearsal } from "../support/rehearsal";
import * as check from "./checks";

const on = "set-cluster-failover on";

/** At the first event of a step `then` happens, so many seconds later. */
function at(r: Rehearsal, step: string, then: () => void, seconds = 0): void {
  let seen = false;
  r.onEvent = (event) => {
    if (seen || event.type !== "step-started" || event.step !== step) return;
    seen = true;
    r.clock.setTimer(seconds * 1000, then);
  };
}

/** Once everything is well again the next run finishes. */
async function finishes(r: Rehearsal): Promise<void> {
  r.onEvent = undefined;
  for (const { name, up } of r.sim.backends) if (!up) r.sim.nodeUp(name);
  await r.clock.advance(300_000);
  expect(check.problemsAtTheEnd(r, await r.up())).toEqual([]);
  expect(check.repeatedWork(r)).toEqual([]);
}

describe("the leader's machine dies while failover is off by us", () => {
  test.each([
    ["at the first follower's rejoin", "backend-2/rejoin", 0],
    ["before that follower's `upgrade` restarts anything", "backend-2/upgrade", 3],
    ["while its services restart", "backend-2/upgrade", 15],
    ["while its `upgrade` waits for the rejoin", "backend-2/upgrade", 30],
    ["at the second follower's rejoin", "backend-3/rejoin", 0],
    ["when the second follower's turn comes", "backend-3/install", 0],
  ])("%s: another one leads within two minutes, and the next run finishes", async (_what, step, seconds) => {
    const r = new Rehearsal();
    at(r, step, () => r.sim.nodeDown("backend-1"), seconds);
    const result = await r.up();
    expect([r.sim.failover, r.sim.leader]).toEqual([true, expect.stringMatching(/backend-[23]/)]);
    expect(r.sim.leaderlessSeconds).toBeLessThan(120);
    expect(check.textOf(result)).toContain("Failover is on.");
    expect(check.failoverProblems(r, result)).toEqual([]);
    const said = r.texts("warning").join("\n");
    expect(said).toMatch(/No backend has led for \d+ s while failover was off: the Chef server is down/);
    expect(said).toMatch(/backend-[23] leads; failover is on/);
    expect(r.commands().filter((each) => /promote|demote|force/.test(each))).toEqual([]);
    await finishes(r);
  });

  test("and comes back before the rejoin is given up: the run goes on, with failover off again", async () => {
    const r = new Rehearsal();
    at(r, "backend-2/rejoin", () => r.sim.reboot("backend-1", 200));
    expect(check.problemsAtTheEnd(r, await r.up())).toEqual([]);
    expect(check.repeatedWork(r)).toEqual([]);
    // The new build leads by then: there is nothing to hand over.
    const switches = r.commands().flatMap((each) => each.split(" set-cluster-failover ").slice(1));
    expect(switches).toEqual(["off", "on", "off", "on"]);
  });

  test("and the run with it: the next one has another leader elected before it refuses", async () => {
    const r = new Rehearsal();
    const client = r.client();
    at(r, "backend-2/rejoin", () => {
      r.sim.nodeDown("backend-1");
      client.kill();
    });
    expect(await check.upOrKilled(r, { failoverGuard: 0 }, client)).toBeNull();
    await r.clock.advance(60_000);
    expect(r.sim.leader).toBeNull();
    expect(check.textOf(await r.up({ failoverGuard: 0 }))).toContain(
      "Backend cannot be reached [unreachable]",
    );
    expect([r.sim.failover, r.sim.leader]).toEqual([true, expect.stringMatching(/backend-[23]/)]);
    await finishes(r);
  });
});

test("the leader's machine dies with the run: the guard of the follower has another one elected", async () => {
  const r = new Rehearsal();
  const client = r.client();
  at(r, "backend-2/rejoin", () => {
    r.sim.nodeDown("backend-1");
    client.kill();
  });
  expect(await check.upOrKilled(r, {}, client)).toBeNull();
  await r.clock.advance((defaultFailoverGuard + 120) * 1000);
  expect([r.sim.failover, r.sim.leader]).toEqual([true, expect.stringMatching(/backend-[23]/)]);
  expect(r.commands().at(-1)).toBe("backend-2 set-cluster-failover on");
  await finishes(r);
  expect(check.orderProblems(r)).toEqual([]);
});

test("the leader's own install has stopped it, and it is out of reach then: another one leads, and it is finished later", async () => {
  const r = new Rehearsal();
  r.sim.switches("backend-1").installBreaksLeader = true;
  const client = r.client();
  at(r, "cluster/failover-on-for-leader", () => client.kill());
  expect(await check.upOrKilled(r, { failoverGuard: 0 }, client)).toBeNull();
  expect(r.sim.failover).toBe(false);
  const blind = r.client();
  blind.state.unreachable.add("backend-1");
  const text = check.textOf(await r.up({ failoverGuard: 0 }, blind));
  expect(text).toMatch(/Backend cannot be reached \[unreachable\][^]*Failover is on\./);
  expect([r.sim.failover, r.sim.leader]).toEqual([true, expect.stringMatching(/backend-[23]/)]);
  expect(check.problemsAtTheEnd(r, await r.up())).toEqual([]);
  expect(check.repeatedWork(r)).toEqual([]);
  expect(check.orderProblems(r)).toEqual([]);
});

describe("failover stays off", () => {
  const never = (r: Rehearsal) => expect(r.commands().filter((each) => each.endsWith(on))).toEqual([]);

  test("where the leader is back within its lease", async () => {
    const r = new Rehearsal();
    at(r, "backend-2/rejoin", () => {
      r.sim.backend("backend-1").stop();
      r.clock.setTimer(20_000, () => r.sim.backend("backend-1").start());
    });
    expect(check.problemsAtTheEnd(r, await r.up())).toEqual([]);
    expect(r.texts("warning")).toEqual([]);
  });

  test.each<[string, (r: Rehearsal) => void]>([
    ["a single backend is left", (r) => r.sim.nodeDown("backend-3")],
    ["nobody left has all that the leader had", (r) => (r.sim.backend("backend-3").synced = false)],
    ["PostgreSQL on the other one does not run", (r) => r.sim.backend("backend-3").stop(["postgresql"])],
    [
      "the unfinished one's package is half installed",
      (r) =>
        void Object.assign(r.sim.backend("backend-2").packages.all("chef-backend")[0]!, {
          state: "half-configured",
        }),
    ],
  ])("where %s", async (_what, besides) => {
    const r = new Rehearsal();
    at(r, "backend-2/rejoin", () => {
      r.sim.nodeDown("backend-1");
      besides(r);
    });
    const text = check.textOf(await r.up());
    expect(text).toMatch(/^FAILOVER IS OFF/);
    never(r);
  });
});
