import { fromState } from "../../handlers/fromState";
import { changedInputs, withoutAdded } from "../../handlers/given";
import { leftovers } from "../../handlers/leftovers";
import { lockNotes } from "../../handlers/lockNotes";
import { reporter } from "../../handlers/reporter";
import { nextTurn } from "../../handlers/turn";
import { unchecked } from "../../handlers/unchecked";
import { lookAt } from "../../handlers/usingMachines";
import { failuresOf, type Fields } from "../../handlers/refusalField";
import type { CheckOutcome, HandlerContext } from "../../handlers/types";
import { validateBy } from "../../inputs/validate";
import { mayBeOurs, merged, type Refusal, refusalText } from "../../plan/plan";
import { unreachableNotes } from "../../plan/refusals/anyMachine";
import { wouldCleanUp } from "../commands";
import { enterpriseInputs } from "../inputs";
import { observeEnterprise } from "../observeEnterprise";
import { planEnterprise } from "../planEnterprise";
import { isEssential } from "../refusals";
import { machinesOf } from "../state";
import { acts, expansionFromState, expansionLater, expansionOf } from "./expansion";
import { specOf } from "./specOf";
import type { EnterpriseExpansion, EnterpriseProperties } from "./types";

/** The input by which a refusal can be mended, by its code; the others are about the machines themselves. */
const fields: Fields = {
  ...{ downgrade: "version", path: "version", version: "version", packageFile: "packageFile" },
  ...{ root: "connection", downtime: "allowDowntime", cleanup: "cleanup", unverified: "cleanup" },
};

/** What `check` adds to the inputs: dropped before they are validated. */
export const added = ["machines", "downtime", "destroys", "unfinished", "__turn", "__left"];

/**
 * Validates the inputs, then looks at the machines and expands the inputs by what would happen to each, so that
 * preview shows it. Changes nothing. Refusals fail only when something would change: else they warn.
 */
export async function check(
  olds: Partial<EnterpriseProperties>,
  raw: Record<string, unknown>,
  isUnknown: (value: unknown) => boolean,
  context: HandlerContext,
): Promise<CheckOutcome> {
  const given = withoutAdded(raw, added);
  const validated = validateBy(enterpriseInputs, given, isUnknown);
  const { inputs } = validated;
  const report = reporter(context);
  if (!inputs) return unchecked(given, validated, olds, report, expansionLater);
  const spec = await specOf(inputs, olds, context);
  const live = await lookAt(context.connect(inputs, true), async (machines) => {
    const state = await observeEnterprise(spec, machines, context.clock, "full");
    const plan = planEnterprise(spec, state);
    const cleaned = plan.steps.flatMap(({ kind, nodes }) => (kind === "cleanup" ? nodes : []));
    return { state, plan, left: await leftovers(machines, cleaned, wouldCleanUp()) };
  });
  if ("failure" in live)
    return { inputs: given, failures: [{ property: "connection", reason: live.failure }] };
  const { state, plan, left } = live.state;
  const { warn, note } = report;
  const adopts = olds.machines === undefined;
  const changed = adopts ? [] : changedInputs(enterpriseInputs, olds, inputs);
  const outcome = (
    expansion: EnterpriseExpansion,
    refusals: readonly Refusal[],
    isLeft = false,
  ): CheckOutcome => {
    const does = acts(expansion) || isLeft;
    if (!does) report.onlyTheState(changed);
    return {
      inputs: { ...inputs, ...expansion, ...nextTurn(olds, does) },
      failures: failuresOf(refusals, { frontends: state.frontends }, fields),
    };
  };
  const unread = machinesOf(state).filter(({ unreachable }) => unreachable !== null);
  if (unread.length > 0) {
    const expansion = expansionFromState(spec, olds);
    const isLeft = olds.__left === true;
    const writes = !adopts && (acts(expansion) || isLeft || changed.length > 0);
    // What an earlier run owes is mended without the machine that cannot be reached.
    const refused = plan.refusals.filter(
      (each) => writes && each.code === "unreachable" && !mayBeOurs(each, plan.owed),
    );
    for (const text of refused.length > 0 ? [] : unreachableNotes(unread)) warn(text);
    if (refused.length === 0) warn(fromState("system", machinesOf(state)));
    return outcome(expansion, refused, isLeft);
  }
  const locks = state.nodes.flatMap(({ lock }) => (lock ? [lock] : []));
  for (const text of [...plan.warnings, ...left, ...lockNotes(locks, spec.breakLock, context, plan.owed)])
    warn(text);
  // What goes down is part of the refusal where it is not approved.
  const refused = plan.refusals.some(({ code }) => code === "downtime");
  for (const text of refused ? [] : plan.downtime) note(`Downtime: ${text}`);
  if (plan.destroys !== null) warn(plan.destroys);
  const changes = plan.machines.some(({ order }) => order !== null);
  const fails = (refusal: Refusal) =>
    ((changes || (changed.length > 0 && isEssential(refusal))) && !mayBeOurs(refusal, plan.owed)) ||
    (adopts && isEssential(refusal));
  for (const refusal of merged(plan.refusals.filter((each) => !fails(each)))) warn(refusalText(refusal));
  return outcome(expansionOf(plan), plan.refusals.filter(fails));
}
