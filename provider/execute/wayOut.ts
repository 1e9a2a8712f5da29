import { healthProblems } from "../cluster/health";
import { satisfies } from "../versions/version";
import { viewOf } from "../plan/view";
import { failoverOn } from "../procedures/failoverSteps";
import type { Run } from "./run";

/** How failover and the nodes were left when a run did not end well. */
export interface Left {
  /** `off`: we turned it off and could not, or must not, turn it on again. */
  readonly failover: "on" | "off" | "untouched";
  /** The node between installation and verified rejoin. */
  readonly insideOf: string | null;
  /** Why failover is off. */
  readonly why?: string;
}

/**
 * Leaves the cluster as safely as possible (promise 3): failover is turned on again, except while a node is
 * between installation and rejoin. Never throws.
 */
export async function leave(run: Run): Promise<Left> {
  try {
    await clearInsideIfUntouched(run);
    const inside = run.record?.inside ?? null;
    const off = run.record !== null && !run.record.finished && run.record.failover !== "on";
    if (!off) return { failover: run.touched ? "on" : "untouched", insideOf: inside };
    if (inside !== null && run.record!.failover === "off")
      return {
        failover: "off",
        insideOf: inside,
        why: `${inside} is between installation and verified rejoin`,
      };
    if (run.record!.failover === "off") await turnOn(run);
    return { failover: "on", insideOf: inside };
  } catch (error) {
    return {
      failover: "off",
      insideOf: run.record?.inside ?? null,
      why: `it could not be turned on again: ${(error as Error).message}`,
    };
  }
}

async function turnOn(run: Run): Promise<void> {
  const view = viewOf(run.spec, run.state);
  // Any node can switch it; the leader is the likeliest to be well, but it may be what failed.
  const nodes = [...view.nodes].sort((a, b) => Number(b.role === "leader") - Number(a.role === "leader"));
  const step = failoverOn(run.spec, "the run did not end well");
  let problem: unknown;
  for (const node of nodes) {
    try {
      await run.goodJob(step, node.name);
      await run.writeRecord({ failover: "on" });
      return;
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

/** An installation that changed nothing leaves its node as it was: still at the old version, and healthy. */
async function clearInsideIfUntouched(run: Run): Promise<void> {
  const inside = run.record?.inside;
  if (!inside) return;
  const state = await run.observe();
  const node = state.nodes.find((each) => each.name === inside);
  const untouched =
    node?.package.state === "installed" &&
    !satisfies(node.package.version!, run.spec.version) &&
    node.jobs.every((job) => job.state !== "running") &&
    healthProblems(state).length === 0;
  if (untouched) await run.writeRecord({ inside: null, insideGuid: null });
}
