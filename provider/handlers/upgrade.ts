import { upgradeCluster, type UpgradeResult } from "../execute/upgradeCluster";
import { observeCluster } from "../observe/observeCluster";
import { planUpgrade } from "../procedures/planUpgrade";
import { failureText } from "../report/failureText";
import { clusterInputs } from "../inputs/schema";
import { adopted } from "./adopted";
import { expansionOf } from "./expansion";
import { givenOf } from "./given";
import { outputsOf } from "./outputs";
import { PartialFailureError } from "./partialFailure";
import { specOf } from "./specOf";
import { failedTurn, nextTurn } from "./turn";
import type { CheckedInputs, ClusterProperties, HandlerContext, LastUpgrade } from "./types";
import { usingMachines } from "./usingMachines";

/**
 * Adopts the cluster, or upgrades it: whatever is needed for every backend and frontend to be at its version.
 * @throws PartialFailureError after something was done, else a plain error.
 */
export async function upgrade(
  id: string | null,
  olds: Partial<ClusterProperties>,
  inputs: CheckedInputs,
  context: HandlerContext,
): Promise<{ id: string; properties: ClusterProperties }> {
  const spec = await specOf(inputs, adopted(id === null ? {} : olds), context);
  return usingMachines(context.connect(inputs, false), async (machines) => {
    const result = await upgradeCluster(spec, machines, context);
    const state =
      result.failure === null || !result.touched
        ? result.state
        : await observeCluster(spec, machines, context.clock, "status", result.state).catch(
            () => result.state,
          );
    const properties: ClusterProperties = {
      ...givenOf(clusterInputs, inputs),
      ...expansionOf(spec, planUpgrade(spec, state), state, inputs),
      ...nextTurn(inputs, false),
      ...outputsOf(spec, state, {
        ...olds,
        lastUpgrade: lastUpgrade(result) ?? olds.lastUpgrade,
        // Those of a run that failed are needed most of all.
        backups: result.backups.length > 0 ? result.backups : olds.backups,
      }),
    };
    const itsId = id ?? idOf(properties);
    if (!result.failure) return { id: itsId, properties };
    const message = failureText(result);
    throw result.touched
      ? new PartialFailureError(message, itsId, { ...properties, ...failedTurn(id, olds, inputs) })
      : new Error(message);
  });
}

/** For the outputs; null when nothing was done, or not to its end. */
export function lastUpgrade(
  result: Omit<LastUpgrade, "steps"> &
    Pick<UpgradeResult, "timings" | "touched"> & { failure: object | null },
): LastUpgrade | null {
  if (!result.touched || result.failure) return null;
  const { from, to, started, finished, timings } = result;
  return { from, to, started, finished, steps: timings };
}

/** The cluster's identity: its backends' GUIDs, whatever they are called and wherever they are reached. */
function idOf(properties: ClusterProperties): string {
  const guids = properties.clusterStatus.map((row) => row.guid.slice(0, 8)).sort();
  return `chef-backend-${guids.join("-") || "unknown"}`;
}
