import type { Plan } from "../plan/plan";
import type { Run } from "./run";

/**
 * An earlier run may have left while the rebuild of the index that it had started went on (its time was up, its
 * connection lost). Where that has ended with 0 meanwhile, the record says so from now on, whatever becomes of this
 * run: it is not started a second time (promise 5).
 */
export async function recallReindex(run: Run, plan: Plan): Promise<void> {
  const step = plan.steps.find((each) => each.id === "cluster/reindex");
  const node = run.state.frontends.find((each) => each.name === step?.node);
  if (!step || !node || node.unreachable !== null) return;
  if (await run.journal.endedBefore(step, node.name)) await run.journal.done(step.id);
}
