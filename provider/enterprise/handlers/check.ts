import type { CheckOutcome } from "../../handlers/check";
import { fromState } from "../../handlers/fromState";
import { LocalFilesError } from "../../handlers/localPackages";
import { lockNotes } from "../../handlers/lockNotes";
import { type Fields, refusalField } from "../../handlers/refusalField";
import type { HandlerContext } from "../../handlers/types";
import { validateBy } from "../../inputs/validate";
import { UnreachableError } from "../../machine/machine";
import { mayBeOurs, merged, type Refusal, refusalText } from "../../plan/plan";
import { unreachableNotes } from "../../plan/refusals/anyMachine";
import { enterpriseInputs } from "../inputs";
import { observeEnterprise } from "../observeEnterprise";
import { planEnterprise } from "../planEnterprise";
import { isEssential } from "../refusals";
import { machinesOf } from "../state";
import { expansionFromState, expansionOf } from "./expansion";
import { specOf } from "./specOf";
import type { EnterpriseProperties } from "./types";

/** The input by which a refusal can be mended, by its code; the others are about the machines themselves. */
const fields: Fields = {
  ...{ downgrade: "version", path: "version", version: "version", packageFile: "packageFile" },
  ...{ root: "connection", downtime: "allowDowntime", cleanup: "cleanup", unverified: "cleanup" },
};

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
  const { displayUrn, ...given } = raw;
  const { inputs, failures } = validateBy(enterpriseInputs, given, isUnknown);
  if (!inputs) return { inputs: raw, failures };
  const warn = (text: string) => context.report({ type: "warning", text });
  const note = (text: string) => context.report({ type: "note", text });
  const machines = context.connect(inputs, true);
  try {
    const spec = await specOf(inputs, olds, context);
    const state = await observeEnterprise(spec, machines, context.clock, "full");
    const unread = machinesOf(state).filter(({ unreachable }) => unreachable !== null);
    if (unread.length > 0) {
      for (const text of unreachableNotes(unread)) warn(text);
      warn(fromState("system", machinesOf(state)));
      return { inputs: { ...inputs, ...expansionFromState(spec, olds), displayUrn }, failures: [] };
    }
    const plan = planEnterprise(spec, state);
    const locks = state.nodes.flatMap(({ lock }) => (lock ? [lock] : []));
    for (const text of [...plan.warnings, ...lockNotes(locks, spec.breakLock, context, plan.owed)])
      warn(text);
    // What goes down is part of the refusal where it is not approved.
    const refused = plan.refusals.some(({ code }) => code === "downtime");
    for (const text of refused ? [] : plan.downtime) note(`Downtime: ${text}`);
    if (plan.destroys !== null) warn(plan.destroys);
    const changes = plan.machines.some(({ order }) => order !== null);
    const fails = (refusal: Refusal) =>
      (changes && !mayBeOurs(refusal, plan.owed)) || (olds.machines === undefined && isEssential(refusal));
    for (const refusal of merged(plan.refusals.filter((each) => !fails(each)))) warn(refusalText(refusal));
    return {
      inputs: { ...inputs, ...expansionOf(plan), displayUrn },
      failures: merged(plan.refusals.filter(fails)).map((each) => ({
        property: refusalField(each, { frontends: state.frontends }, fields),
        reason: refusalText(each),
      })),
    };
  } catch (error) {
    if (error instanceof LocalFilesError) return { inputs: raw, failures: error.failures };
    if (error instanceof UnreachableError)
      return { inputs: raw, failures: [{ property: "connection", reason: error.message }] };
    throw error;
  } finally {
    await Promise.all(machines.map((machine) => machine.close()));
  }
}
