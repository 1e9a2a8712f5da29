import { StoppedError } from "../../provider/execute/errors";
import { Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { blame } from "../support/labLog";

async function stopAfter(r: Rehearsal, milliseconds: number) {
  const controller = new AbortController();
  r.clock.setTimer(milliseconds, () => controller.abort(new Error("SIGINT")));
  const began = r.clock.now();
  const result = await r.up({}, r.client(controller.signal));
  return { result, seconds: (r.clock.now() - began) / 1000 };
}

describe("asked to stop", () => {
  test("at any time: stops at the next safe point, failover on, and the next run finishes", async () => {
    const whole = new Rehearsal();
    const { seconds } = await stopAfter(whole, 1e9);
    const found: Record<string, string[]> = {};
    let stopped = 0;
    for (let at = 0; at < seconds; at += 2.5) {
      const r = new Rehearsal();
      const { result } = await stopAfter(r, at * 1000);
      const problems: string[] = [];
      if (result.failure) {
        stopped += 1;
        if (!(result.failure.error instanceof StoppedError)) problems.push(check.textOf(result));
        if (!r.sim.failover) problems.push("failover is off");
        if (check.recordOf(r)?.inside) problems.push(`${check.recordOf(r)!.inside} is unfinished`);
        if (!r.sim.healthy) problems.push("not healthy");
        if (r.nodes.some((node) => node.lock)) problems.push("the lock is still held");
      }
      const done = r.commands().length;
      problems.push(...check.allProblems(r, await r.up()));
      if (done === 0 && r.jobs.length === 0) problems.push("nothing was done");
      if (blame(r, problems)) found[`after ${at} s`] = problems;
    }
    expect(found).toEqual({});
    expect(stopped).toBeGreaterThan(80);
  });

  test("before the beginning: nothing is touched", async () => {
    const r = new Rehearsal();
    const result = await r.up({}, r.client(AbortSignal.abort()));
    expect(result.failure?.error).toBeInstanceOf(StoppedError);
    expect(result.touched).toBe(false);
    expect(r.commands()).toEqual([]);
  });

  test("while it waits for a cluster to settle", async () => {
    const yellow = new Rehearsal({
      timings: { statusInternalUpdateInterval: 0.1, statusPostUpdateInterval: 0.1 },
    });
    const controller = new AbortController();
    yellow.onEvent = (event) => {
      if (event.type !== "step-started" || event.step !== "cluster/failover-off") return;
      yellow.sim.elasticsearchYellow(Infinity);
      yellow.clock.setTimer(60_000, () => controller.abort());
    };
    const result = await yellow.up({}, yellow.client(controller.signal));
    expect(result.failure?.error).toBeInstanceOf(StoppedError);
    expect(yellow.sim.failover).toBe(true);
    expect(yellow.commands()).toEqual([
      "backend-1 set-cluster-failover off",
      "backend-1 set-cluster-failover on",
    ]);
  });

  test("while it waits for the job of a killed run: that job goes on", async () => {
    const r = new Rehearsal();
    const client = r.client();
    check.atStep(r, 2, () => r.clock.setTimer(3000, () => client.kill()));
    await expect(r.up({}, client)).rejects.toThrow("killed");
    r.onEvent = undefined;
    const { result, seconds } = await stopAfter(r, 10_000);
    expect(result.failure?.error).toBeInstanceOf(StoppedError);
    expect(seconds).toBeLessThan(12);
    expect(check.failoverProblems(r, result)).toEqual([]);
    expect(check.saysOff(result)).toBe(true);
    await r.clock.advance(100_000);
    expect(check.allProblems(r, await r.up())).toEqual([]);
  });
});
