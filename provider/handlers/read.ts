import { failoverState } from "../cluster/failover";
import { healthProblems } from "../cluster/health";
import type { ClusterRow } from "../cluster/state";
import { clusterInputs } from "../inputs/schema";
import { added } from "./check";
import { acts, expansionOf } from "./expansion";
import { givenOf } from "./given";
import { lockNotes } from "./lockNotes";
import { lookAgain } from "./lookAgain";
import { outputsOf } from "./outputs";
import { type Refreshed, refreshed } from "./refreshed";
import { reporter } from "./reporter";
import type { ClusterOutputs, ClusterProperties, HandlerContext } from "./types";

/**
 * The truth of the machines, and whether it is another one than the state's. Changes nothing. A cluster that cannot be read keeps
 * what the state has of it, but is not called healthy: it is not a deleted one, and nobody should take it for a good one. A frontend
 * that cannot be read keeps its version.
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
    warn("The state keeps what it has, but for `healthy`, which is false now");
    return of({ ...properties, healthy: false });
  }
  const { spec, state, plan } = seen;
  const locks = state.nodes.flatMap(({ lock }) => (lock ? [lock] : []));
  const next = (debt: string) => `The next \`pulumi up\` finishes: ${debt}`;
  for (const text of lockNotes(locks, null, context, plan.owed, next)) warn(text);
  const problems = healthProblems(state);
  if (problems.length > 0) warn(`The cluster is not healthy: ${problems.join("; ")}`);
  if (failoverState(state) === "off" && plan.owed.length === 0)
    warn("Failover is off: if the leader fails, no other backend takes over");
  return of({
    ...givenOf(clusterInputs, properties),
    ...expansionOf(spec, plan, state, properties),
    ...outputsOf(spec, state, properties),
  });
}

/** Rows come in any order, and columns of newer releases may hold anything. */
function comparable({ clusterStatus, ...rest }: Partial<ClusterOutputs>): object {
  const rows = (clusterStatus ?? []).map(({ extra: _extra, ...row }: ClusterRow) => row);
  return { ...rest, clusterStatus: rows.sort((a, b) => (a.guid < b.guid ? -1 : 1)) };
}
