import { lookAt } from "../../handlers/usingMachines";
import { reporter } from "../../handlers/reporter";
import type { HandlerContext } from "../../handlers/types";
import { unreachableNotes } from "../../plan/refusals/anyMachine";
import { enterpriseInputs } from "../inputs";
import { observeEnterprise } from "../observeEnterprise";
import type { EnterprisePlan } from "../plan";
import { planEnterprise } from "../planEnterprise";
import { type EnterpriseState, machinesOf } from "../state";
import { specOf } from "./specOf";
import type { EnterpriseProperties } from "./types";

/**
 * The system that the state tells of, as it is now: one attempt at each machine, and no package. Changes nothing. A warning says
 * which cannot be read, and why; null where no backend can.
 */
export async function lookAgain(
  properties: EnterpriseProperties,
  context: HandlerContext,
): Promise<{
  readonly state: EnterpriseState;
  readonly plan: EnterprisePlan;
  /** Every machine was read. */
  readonly isWhole: boolean;
} | null> {
  const inputs = enterpriseInputs.strip().parse(properties);
  const { warn } = reporter(context);
  const spec = await specOf({ ...inputs, packageFile: undefined }, properties, context);
  const live = await lookAt(context.connect(inputs, true), (machines) =>
    observeEnterprise(spec, machines, context.clock, "full"),
  );
  if ("failure" in live) {
    warn(`The system cannot be read: ${live.failure}`);
    return null;
  }
  const { state } = live;
  const gone = machinesOf(state).filter(({ unreachable }) => unreachable !== null);
  for (const text of unreachableNotes(gone)) warn(text);
  return state.nodes.every(({ unreachable }) => unreachable !== null)
    ? null
    : { state, plan: planEnterprise(spec, state), isWhole: gone.length === 0 };
}
