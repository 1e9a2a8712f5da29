import type { Plan, Refusal } from "../plan/plan";
import { duration } from "../report/events";
import { RefusedError, StoppedError } from "./errors";
import type { Run } from "./run";
import { mayStop } from "./safePoint";

/**
 * Waits for what may pass by itself: a busy package manager, and once we are under way a lost connection and a
 * cluster that settles. It has passed when two readings in a row say so.
 * @throws RefusedError when it does not pass in time, or cannot; StoppedError when asked to stop.
 */
export async function waitOut(run: Run, plan: Plan): Promise<void> {
  const { clock, report, signal } = run.context;
  const underWay = () => run.touched || !mayStop(run.record);
  const hopeless = (each: Refusal) => each.waitable === 0 || (each.code !== "packageLock" && !underWay());
  const begun = clock.now();
  let refusals = plan.refusals;
  for (let passed = 0; passed < 2; passed = refusals.length === 0 ? passed + 1 : 0) {
    const elapsed = (clock.now() - begun) / 1000;
    if (refusals.some(hopeless) || elapsed > Math.max(...plan.refusals.map((each) => each.waitable)))
      throw new RefusedError(refusals.length > 0 ? refusals : plan.refusals);
    if (signal?.aborted && mayStop(run.record)) throw new StoppedError();
    const text =
      refusals.map((each) => each.message).join("; ") || "it has passed, a second reading confirms it";
    const { id, node } = plan.steps[0]!;
    report({ type: "waiting", step: id, node, text, seconds: elapsed });
    await clock.sleep(Math.max(500, run.state.endedAt - run.state.startedAt));
    const state = await run.observe("full");
    refusals = run.planFor(state).refusals;
  }
  report({ type: "note", text: `Waited ${duration((clock.now() - begun) / 1000)}; it has passed` });
}
