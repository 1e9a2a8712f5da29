import type { Plan } from "../plan/plan";
import type { Run } from "./run";
import { isWhole } from "./steps/indexed";

/**
 * An earlier run may have left while the rebuild of the index that it had started went on (its time was up, its
 * connection lost). Where that has ended with 0 meanwhile, and the index is seen to be whole, the record says so from now on,
 * whatever becomes of this run: it is not started a second time (promise 5).
 */
export async function recallReindex(run: Run, plan: Plan): Promise<void> {
  const step = plan.steps.find((each) => each.id === "cluster/reindex");
  const node = run.state.frontends.find((each) => each.name === step?.node);
  if (!step || !node || node.unreachable !== null) return;
  const result = await run.journal.endedBefore(step, node.name);
  if (result && (await isWhole(run, node.name, result))) await run.journal.done(step.id);
}
