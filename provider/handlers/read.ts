import { UnreachableError } from "../machine/machine";
import { observeCluster } from "../observe/observeCluster";
import { planRolling } from "../procedures/rolling";
import { clusterInputs } from "../inputs/schema";
import { backendPlans, knownGuids } from "./backendPlans";
import { outputsOf } from "./outputs";
import { specOf } from "./specOf";
import type { ClusterProperties, HandlerContext } from "./types";

/**
 * The truth of the nodes, drift included. Changes nothing. A cluster that cannot be read keeps its old
 * properties, with a warning: an unreachable cluster is not a deleted one.
 */
export async function read(
  properties: ClusterProperties,
  context: HandlerContext,
): Promise<ClusterProperties> {
  const inputs = clusterInputs.strip().parse(properties);
  const warn = (text: string) => context.report({ type: "warning", text });
  const machines = context.connect(inputs, true);
  try {
    const spec = {
      ...(await specOf({ ...inputs, packageFile: undefined }, knownGuids(properties.backends), context)),
    };
    const state = await observeCluster(spec, machines, context.clock, "full");
    const unreachable = state.nodes.filter((node) => node.unreachable !== null);
    if (unreachable.length > 0) {
      for (const node of unreachable)
        warn(`${node.name} cannot be reached, the state keeps what it has: ${node.unreachable}`);
      return properties;
    }
    const plan = planRolling(spec, state);
    for (const debt of plan.owed) warn(`The next \`pulumi up\` mends: ${debt}`);
    return {
      ...properties,
      backends: backendPlans(plan, state),
      ...outputsOf(spec, state, properties.lastUpgrade ?? null),
    };
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    warn(`The cluster cannot be read, the state keeps what it has: ${error.message}`);
    return properties;
  } finally {
    await Promise.all(machines.map((machine) => machine.close()));
  }
}
