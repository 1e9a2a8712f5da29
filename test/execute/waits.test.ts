import { defaultTimeouts } from "../../provider/plan/spec";
import type { RunEvent } from "../../provider/report/events";
import { Rehearsal } from "../support/rehearsal";
import * as check from "./checks";

type Waiting = RunEvent & { type: "waiting" };
const waits = (r: Rehearsal, step: string) =>
  r.events.filter((event): event is Waiting => event.type === "waiting" && event.step === step);

/** So many MiB a minute come onto a backend's disk, for so long. */
function copiesData(r: Rehearsal, node: string, mibPerMinute: number, minutes: number): void {
  const { diskFree } = r.sim.switches(node);
  for (let minute = 1; minute <= minutes; minute++)
    r.clock.setTimer(minute * 60_000, () => {
      r.sim.switches(node).diskFree = { "/": diskFree["/"]! - minute * mibPerMinute * 1024 };
    });
}

const timeouts = { ...defaultTimeouts, upgrade: 600, rejoin: 600, resync: 2400 };

describe("a wait shows what it waits for, since when and until when", () => {
  test("a job that prints nothing, too", async () => {
    const r = new Rehearsal();
    r.sim.switches("backend-2").upgradeHangs = true;
    r.clock.setTimer(120_000, () => (r.sim.switches("backend-2").upgradeHangs = false));
    await r.up();
    const shown = waits(r, "backend-2/upgrade");
    expect(shown[0]).toMatchObject({ text: "it has printed nothing yet", limit: 1800 });
    expect(shown[0]!.seconds).toBeCloseTo(10, 0);
    expect(shown.length).toBeGreaterThan(5);
  });

  test("every wait of a run has a limit", async () => {
    const r = new Rehearsal();
    r.sim.switches("backend-3").rejoinSlow = 60;
    await r.up();
    const all = r.events.filter((event): event is Waiting => event.type === "waiting");
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter(({ limit, seconds }) => !(limit >= seconds)).map(({ text }) => text)).toEqual([]);
  });
});

describe("a command that asks on the terminal", () => {
  test("is named, with its question, and left alone", async () => {
    const r = new Rehearsal();
    const question = "Do you accept the 1 product license (yes/no)?\n\n> ";
    r.sim.switches("backend-2").asks = { upgrade: question };
    const failed = await r.up();
    expect(waits(r, "backend-2/upgrade").at(-1)!.text).toBe(
      'it seems to wait for an answer to "Do you accept the 1 product license (yes/no)? >"',
    );
    expect(check.textOf(failed)).toMatch(
      /^FAILOVER IS OFF.*\n.*still runs after 1800 s; it is left alone, .* Its last line seems to be a question, which nobody can answer: it has no terminal and no input[^]*product license \(yes\/no\)/,
    );
    expect(check.failoverProblems(r, failed)).toEqual([]);
    r.sim.switches("backend-2").asks = {};
    expect(check.problemsAtTheEnd(r, await r.up())).toEqual([]);
  });
});

describe("a job that an earlier run has left running", () => {
  test("is waited for with its last line; past the limit the refusal has it, and the command that ends it", async () => {
    const r = new Rehearsal();
    r.sim.switches("backend-2").asks = { upgrade: "Continue? [y/N] " };
    const limits = { timeouts: { ...timeouts, upgrade: 75 } };
    await r.up(limits);
    const refused = await r.up(limits);
    const said = r.events.filter((event): event is Waiting => event.type === "waiting").at(-1)!;
    expect(said).toMatchObject({
      node: "backend-2",
      text: 'it seems to wait for an answer to "Continue? [y/N]"',
      limit: 75,
    });
    expect(check.textOf(refused)).toMatch(
      /^FAILOVER IS OFF[^]*still running after 1 min 15 s; it seems to wait for an answer to "Continue\? \[y\/N\]"[^]*kill -- -\$\(cut/,
    );
    r.node("backend-2").jobs.at(-1)!.kill.abort();
    r.sim.switches("backend-2").asks = {};
    expect(check.problemsAtTheEnd(r, await r.up(limits))).toEqual([]);
  });

  test("is waited for as long as data come there", async () => {
    const r = new Rehearsal({ timings: { verifyTimeout: 2 * 3600 } });
    r.sim.switches("backend-2").rejoinSlow = 1500;
    const client = r.client();
    r.onEvent = (event) => {
      if (event.type !== "step-started" || event.step !== "backend-2/upgrade") return;
      copiesData(r, "backend-2", 100, 26);
      r.clock.setTimer(20_000, () => client.kill());
    };
    await check.upOrKilled(r, { timeouts }, client);
    await r.clock.advance(60_000);
    expect(check.problemsAtTheEnd(r, await r.up({ timeouts }))).toEqual([]);
  });
});

describe("a large database: as long as data come, a limit begins anew", () => {
  test("after `upgrade`, until it has rejoined", async () => {
    const r = new Rehearsal();
    r.sim.switches("backend-2").upgradeReturnsEarly = true;
    r.sim.switches("backend-2").rejoinSlow = 1500;
    r.clock.setTimer(30_000, () => copiesData(r, "backend-2", 100, 26));
    expect(check.problemsAtTheEnd(r, await r.up({ timeouts }))).toEqual([]);
    const shown = waits(r, "backend-2/rejoin");
    expect(shown.at(-1)!.limit).toBeGreaterThan(1500);
    expect(shown.map(({ text }) => text).join("\n")).toMatch(
      /postgresql syncing: 1; .*; \d+\.\d GiB copied to backend-2 so far; waiting goes on while data arrive/,
    );
  });

  test("within `upgrade` itself", async () => {
    const r = new Rehearsal({ timings: { verifyTimeout: 2 * 3600 } });
    r.sim.switches("backend-2").rejoinSlow = 1500;
    r.clock.setTimer(30_000, () => copiesData(r, "backend-2", 100, 26));
    expect(check.problemsAtTheEnd(r, await r.up({ timeouts }))).toEqual([]);
    expect(r.texts("waiting").join("\n")).toMatch(/\d+\.\d GiB copied to backend-2 so far; waiting goes on/);
    expect(r.texts("output").filter((text) => text.includes("Waiting for this node to rejoin"))).toHaveLength(
      3,
    );
  });

  test.each<[string, number, number]>([
    ["no data", 0, 700],
    ["only what logs write", 1, 700],
    ["data without end", 100, 2400 + 700],
  ])("%s: it ends at its limit", async (_what, mibPerMinute, before) => {
    const r = new Rehearsal();
    r.sim.switches("backend-2").upgradeReturnsEarly = true;
    r.sim.switches("backend-2").rejoinFails = "waiting_for_leader";
    r.clock.setTimer(30_000, () => copiesData(r, "backend-2", mibPerMinute, 60));
    const begun = r.clock.now();
    const failed = await r.up({ timeouts });
    expect(check.textOf(failed)).toMatch(/backend-2 has not rejoined after/);
    expect((r.clock.now() - begun) / 1000).toBeLessThan(before + 120);
  });
});

/** Release notes of chef-backend 1.3.2: a promotion waits up to 5 minutes for `recovery.done`. */
describe("a promotion that takes its 5 minutes", () => {
  const short = { ...defaultTimeouts, rejoin: 60, healthy: 60 };
  const slow = () => new Rehearsal({ timings: { election: 310 } });

  test("of the one that takes over from a leader whose own installation stopped it: is waited for", async () => {
    const r = slow();
    r.sim.switches("backend-1").installBreaksLeader = true;
    expect(check.problemsAtTheEnd(r, await r.up({ timeouts: short }))).toEqual([]);
  });

  test("after the leader is lost at the end: is waited for", async () => {
    const r = slow();
    r.onEvent = (event) => {
      if (event.type !== "step-started" || event.step !== "cluster/verify") return;
      const leader = r.sim.backend(r.sim.leader!);
      leader.stop(["leaderl"]);
      r.clock.setTimer(5000, () => leader.start());
    };
    expect(check.problemsAtTheEnd(r, await r.up({ timeouts: short }))).toEqual([]);
    expect(r.texts("waiting").join()).toContain("the cluster has no leader");
  });
});
