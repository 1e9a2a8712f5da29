import type { Staging } from "../machine/machine";
import type { Step } from "../plan/plan";
import type { Jobs } from "./jobs";

/**
 * Brings package files onto machines, all machines side by side.
 * @throws what went wrong first, once all have ended: nothing of it is under way any more
 */
export async function stagePackages(
  jobs: Jobs,
  step: Step<string>,
  wanted: readonly { readonly node: string; readonly packages: readonly Staging[] }[],
): Promise<void> {
  const deadline = jobs.deadline(step);
  const bring = async (node: string, packages: readonly Staging[]) => {
    for (const each of packages)
      await jobs.machine(node).stage(jobs.lock.run, each, {
        deadline,
        onOutput: (text) => jobs.context.report({ type: "output", step: step.id, node, text }),
      });
  };
  const ends = await Promise.allSettled(wanted.map(({ node, packages }) => bring(node, packages)));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
