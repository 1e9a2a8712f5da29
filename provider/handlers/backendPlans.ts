import type { NodePlan, Plan } from "../plan/plan";
import type { UpgradeSpec } from "../plan/spec";
import type { BackendPlan } from "./types";

/** The step of a node to which nothing will happen. */
export const nothing = "nothing to do";

/** One entry per node, by name: what preview shows. */
export function backendPlans(plan: Plan): Record<string, BackendPlan> {
  const changing = plan.nodes.filter((node) => node.order !== null).length;
  return Object.fromEntries(
    plan.nodes.map((node) => [
      node.name,
      {
        role: node.role,
        version: node.desired,
        step: node.order === null ? nothing : stepText(node, changing),
      },
    ]),
  );
}

/** Its place in the order, why, and the commands' essence. */
export function stepText(node: NodePlan, changing: number): string {
  return `${node.order} of ${changing}, ${node.role}: ${node.because}: ${node.does}`;
}

/** What can be said without the cluster: from the entries of the state. */
export function plansFromState(
  spec: UpgradeSpec,
  known: Readonly<Record<string, BackendPlan>> | undefined,
): Record<string, BackendPlan> {
  return Object.fromEntries(
    spec.nodes.map(({ name }) => {
      const old = known?.[name];
      const same = old?.version === spec.version;
      return [
        name,
        {
          role: old?.role ?? "unknown",
          version: spec.version,
          step: same
            ? nothing
            : `${old?.version ?? "unknown"} => ${spec.version}, in an order that is found when the cluster can be reached`,
        },
      ];
    }),
  );
}
