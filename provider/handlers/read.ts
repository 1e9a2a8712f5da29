import { failoverState } from "../cluster/failover";
import { healthProblems } from "../cluster/health";
import type { ClusterRow } from "../cluster/state";
import { clusterInputs } from "../inputs/schema";
import { added } from "./check";
import { acts, expansionOf } from "./expansion";
import { givenOf } from "./given";
import { lockNotes, resumedLater } from "./lockNotes";
import { lookAgain } from "./lookAgain";
import { outputsOf } from "./outputs";
import { type Refreshed, refreshed } from "./refreshed";
import { reporter } from "./reporter";
import type { ClusterOutputs, ClusterProperties, HandlerContext } from "./types";

/**
 * The truth of the machines, and whether it is another one than the state's. Changes nothing. A machine that cannot be read keeps
 * what the state has of it, and the cluster is not called healthy without one of its backends: it is not a deleted one, and nobody
 * should take it for a good one.
 */
export async function read(
  properties: ClusterProperties,
  context: HandlerContext,
): Promise<Refreshed<ClusterProperties>> {
  const { warn } = reporter(context);
  const seen = await lookAgain(properties, context);
  const of = (fresh: ClusterProperties) =>
    refreshed(clusterInputs, added, properties, fresh, acts, comparable);
  if (seen === null) {
    warn("No backend can be read: only `healthy` changes, to false");
    return of({ ...properties, healthy: false });
  }
  const { spec, state, plan, isWhole } = seen;
  const locks = state.nodes.flatMap(({ lock }) => (lock ? [lock] : []));
  for (const text of lockNotes(locks, null, context, plan.owed, resumedLater)) warn(text);
  const problems = healthProblems(state);
  if (problems.length > 0) warn(`The cluster is not healthy: ${problems.join("; ")}`);
  if (failoverState(state) === "off" && plan.owed.length === 0)
    warn("Failover is off: if the leader fails, no other backend takes over");
  return of({
    // What would happen is not known without one of the backends.
    ...(isWhole
      ? { ...givenOf(clusterInputs, properties), ...expansionOf(spec, plan, state, properties) }
      : properties),
    ...outputsOf(spec, state, properties),
  });
}

/** Rows come in any order, and columns of newer releases may hold anything. */
function comparable({ clusterStatus, ...rest }: Partial<ClusterOutputs>): object {
  const rows = (clusterStatus ?? []).map(({ extra: _extra, ...row }: ClusterRow) => row);
  return { ...rest, clusterStatus: rows.sort((a, b) => (a.guid < b.guid ? -1 : 1)) };
}
