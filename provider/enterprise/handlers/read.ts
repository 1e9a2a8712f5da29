import { givenOf } from "../../handlers/given";
import { lockNotes, resumedLater } from "../../handlers/lockNotes";
import { type Refreshed, refreshed } from "../../handlers/refreshed";
import { reporter } from "../../handlers/reporter";
import type { HandlerContext } from "../../handlers/types";
import { enterpriseInputs } from "../inputs";
import { systemProblems } from "../wellness";
import { added } from "./check";
import { acts, expansionOf } from "./expansion";
import { lookAgain } from "./lookAgain";
import { outputsOf } from "./outputs";
import type { EnterpriseProperties } from "./types";

/**
 * The truth of the machines, and whether it is another one than the state's. Changes nothing. A machine that cannot be read keeps
 * what the state has of it, and the system is not called healthy: it is not a deleted one, and no good one.
 */
export async function read(
  properties: EnterpriseProperties,
  context: HandlerContext,
): Promise<Refreshed<EnterpriseProperties>> {
  const { warn } = reporter(context);
  const seen = await lookAgain(properties, context);
  const of = (fresh: EnterpriseProperties) => refreshed(enterpriseInputs, added, properties, fresh, acts);
  if (seen === null) {
    warn("No backend can be read: only `healthy` changes, to false");
    return of({ ...properties, healthy: false });
  }
  const { state, plan, isWhole } = seen;
  const locks = state.nodes.flatMap(({ lock }) => (lock ? [lock] : []));
  for (const text of lockNotes(locks, null, context, plan.owed, resumedLater)) warn(text);
  const problems = systemProblems(state);
  if (problems.length > 0) warn(`The system is not healthy: ${problems.join("; ")}`);
  return of({
    // What would happen is not known without one of the machines.
    ...(isWhole ? { ...givenOf(enterpriseInputs, properties), ...expansionOf(plan) } : properties),
    ...outputsOf(state, properties),
  });
}
