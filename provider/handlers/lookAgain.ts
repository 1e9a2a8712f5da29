import type { ClusterState } from "../cluster/state";
import { clusterInputs } from "../inputs/schema";
import { observeCluster } from "../observe/observeCluster";
import type { Plan } from "../plan/plan";
import { unreachableNotes } from "../plan/refusals/anyMachine";
import type { UpgradeSpec } from "../plan/spec";
import { planUpgrade } from "../procedures/planUpgrade";
import { adopted } from "./adopted";
import { reporter } from "./reporter";
import { specOf, withoutPackages } from "./specOf";
import { lookAt } from "./usingMachines";
import type { ClusterProperties, HandlerContext } from "./types";

interface Seen {
  readonly spec: UpgradeSpec;
  readonly state: ClusterState;
  readonly plan: Plan;
  /** Every backend was read. */
  readonly isWhole: boolean;
}

/**
 * The cluster that the state tells of, as it is now: one attempt at each machine, and no package. Changes nothing. A
 * warning says which cannot be read, and why; null where no backend can.
 */
export async function lookAgain(
  properties: ClusterProperties,
  context: HandlerContext,
): Promise<Seen | null> {
  const inputs = clusterInputs.strip().parse(properties);
  const { warn } = reporter(context);
  const spec = await specOf(withoutPackages(inputs), adopted(properties), context);
  const live = await lookAt(context.connect(inputs, true), (machines) =>
    observeCluster(spec, machines, context.clock, "full"),
  );
  if ("failure" in live) {
    warn(`The cluster cannot be read: ${live.failure}`);
    return null;
  }
  const { state } = live;
  const gone = [...state.nodes, ...state.frontends].filter(({ unreachable }) => unreachable !== null);
  for (const text of unreachableNotes(gone)) warn(text);
  if (state.nodes.every((node) => gone.includes(node))) return null;
  const isWhole = !state.nodes.some((node) => gone.includes(node));
  return { spec, state, plan: planUpgrade(spec, state), isWhole };
}
