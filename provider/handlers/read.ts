import { clusterInputs } from "../inputs/schema";
import { UnreachableError } from "../machine/machine";
import { observeCluster } from "../observe/observeCluster";
import { planUpgrade } from "../procedures/planUpgrade";
import { adopted } from "./backendPlans";
import { expansionOf, unexpanded } from "./expansion";
import { outputsOf } from "./outputs";
import { specOf, withoutPackages } from "./specOf";
import type { ClusterProperties, HandlerContext } from "./types";

/**
 * The truth of the machines, drift included. Changes nothing. A cluster that cannot be read keeps its old
 * properties, with a warning: an unreachable cluster is not a deleted one. So does a frontend, for itself.
 */
export async function read(
  properties: ClusterProperties,
  context: HandlerContext,
): Promise<ClusterProperties> {
  const inputs = clusterInputs.strip().parse(properties);
  const warn = (text: string) => context.report({ type: "warning", text });
  const machines = context.connect(inputs, true);
  try {
    const spec = await specOf(withoutPackages(inputs), adopted(properties), context);
    const state = await observeCluster(spec, machines, context.clock, "full");
    const unreachable = state.nodes.filter((node) => node.unreachable !== null);
    if (unreachable.length > 0) {
      for (const node of unreachable)
        warn(`${node.name} cannot be reached, the state keeps what it has: ${node.unreachable}`);
      return properties;
    }
    for (const frontend of state.frontends.filter((each) => each.unreachable !== null))
      warn(`${frontend.name} cannot be reached, its version is kept: ${frontend.unreachable}`);
    const plan = planUpgrade(spec, state);
    for (const debt of plan.owed) warn(`The next \`pulumi up\` mends: ${debt}`);
    return {
      ...unexpanded(properties),
      ...expansionOf(spec, plan, state, properties),
      ...outputsOf(spec, state, properties),
    };
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    warn(`The cluster cannot be read, the state keeps what it has: ${error.message}`);
    return properties;
  } finally {
    await Promise.all(machines.map((machine) => machine.close()));
  }
}
