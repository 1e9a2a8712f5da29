import type { LabStack } from "./labStack";

/** The outputs of the cluster's resource as the state has them. */
export async function resourceOutputs(cluster: LabStack): Promise<Record<string, unknown>> {
  const { resources } = await cluster.stack.state();
  const found = resources.find((each) => String(each.type).endsWith(":ChefHA"));
  return found!.outputs as Record<string, unknown>;
}
