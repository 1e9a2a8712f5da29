import type { ClusterState } from "../cluster/state";
import type { Step } from "../plan/plan";
import type { Run } from "./run";

/**
 * Reads the cluster again and again, until nothing is awaited any more.
 * @param limit seconds
 * @param awaited what a reading still lacks; null: nothing
 * @returns what the last reading lacked where that took longer
 */
export async function readUntil(
  run: Run,
  step: Step,
  limit: number,
  awaited: (state: ClusterState) => string | null,
): Promise<string | null> {
  const { clock } = run.context;
  const begun = clock.now();
  for (let state = await run.freshState(); ; state = await run.observe()) {
    const what = awaited(state);
    const elapsed = (clock.now() - begun) / 1000;
    if (what === null || elapsed > limit) return what;
    run.waiting(step, what, elapsed, limit);
    await clock.sleep(Math.max(250, state.endedAt - state.startedAt));
  }
}
