import { viewOf } from "../plan/view";
import { failoverOn } from "../procedures/failoverSteps";
import type { Run } from "./run";

/**
 * Turns failover on, by whichever backend does it, and writes that down.
 * @param as what is owed after it, as the record says it
 * @throws why the last one did not
 */
export async function turnOn(run: Run, reason: string, as: "on" | "on-for-leader" = "on"): Promise<void> {
  const view = viewOf(run.target, run.state);
  // Any node can switch it. The leader is the likeliest to be well, but it may be what failed.
  const rank = ({ role, state }: (typeof view.nodes)[number]) =>
    role === "leader" ? 0 : typeof state.clusterStatus !== "string" ? 1 : 2;
  const nodes = [...view.nodes].sort((a, b) => rank(a) - rank(b));
  const step = failoverOn(run.spec, reason);
  let problem: unknown;
  for (const node of nodes) {
    try {
      await run.jobs.good(step, node.name);
      await run.writeRecord({ failover: as });
      return;
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}
