import { connectMachines } from "../../../provider/gate/connectMachines";
import { specOf } from "../../../provider/handlers/specOf";
import type { ClusterInputs } from "../../../provider/inputs/schema";
import { observeCluster } from "../../../provider/observe/observeCluster";
import type { Step } from "../../../provider/plan/plan";
import { planUpgrade } from "../../../provider/procedures/planUpgrade";
import { handlerContext } from "../../../provider/pulumi/handlerContext";

/** The procedure's own list of steps for what is asked for now: a new one is in every test that goes by it. */
export async function stepsOf(inputs: ClusterInputs): Promise<readonly Step[]> {
  const context = handlerContext(undefined);
  const nodes = connectMachines(inputs, { quick: false, warn: () => {} });
  try {
    const spec = await specOf(inputs, undefined, context);
    const plan = planUpgrade(spec, await observeCluster(spec, nodes, context.clock, "full"));
    expect(plan.refusals.map(({ code }) => code)).toEqual([]);
    return plan.steps;
  } finally {
    await Promise.all(nodes.map((node) => node.close()));
  }
}

/** The first step of each kind. */
export function eachKind(steps: readonly Step[]): Step[] {
  return steps.filter((step, at) => steps.findIndex(({ kind }) => kind === step.kind) === at);
}
