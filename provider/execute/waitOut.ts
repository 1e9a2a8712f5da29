import { merged, type Planned, type Refusal, refusalLine } from "../plan/plan";
import { duration } from "../report/events";
import { RefusedError, StoppedError } from "./errors";
import type { Steps } from "./takeSteps";

/**
 * Waits for what may pass by itself: a busy package manager, and once we are under way a lost connection and a
 * cluster that settles. It has passed when two readings in a row say so.
 * @param took milliseconds that the look took which the plan is from.
 * @throws RefusedError when it does not pass in time, or cannot; StoppedError when asked to stop.
 */
export async function waitOut<P extends Planned>(
  { context, jobs, look, mayStop }: Pick<Steps<P>, "context" | "jobs" | "look" | "mayStop">,
  plan: P,
  took: number,
): Promise<void> {
  const { clock, report, signal } = context;
  const underWay = () => jobs.touched || !mayStop();
  const hopeless = (each: Refusal) => each.waitable === 0 || (each.code !== "packageLock" && !underWay());
  const begun = clock.now();
  let { refusals } = plan;
  for (let passed = 0; passed < 2; passed = refusals.length === 0 ? passed + 1 : 0) {
    const elapsed = (clock.now() - begun) / 1000;
    if (refusals.some(hopeless) || elapsed > Math.max(...plan.refusals.map((each) => each.waitable)))
      throw new RefusedError(refusals.length > 0 ? refusals : plan.refusals);
    if (signal?.aborted && mayStop()) throw new StoppedError();
    const text = merged(refusals).map(refusalLine).join("; ") || "it has passed, checking once more";
    const { id, node } = plan.steps[0]!;
    const limit = Math.max(...plan.refusals.map((each) => each.waitable));
    report({ type: "waiting", step: id, node, text, seconds: elapsed, limit });
    await clock.sleep(Math.max(500, took));
    const looked = clock.now();
    ({ refusals } = await look(true));
    took = clock.now() - looked;
  }
  report({ type: "note", text: `Waited ${duration((clock.now() - begun) / 1000)}; it has passed` });
}
