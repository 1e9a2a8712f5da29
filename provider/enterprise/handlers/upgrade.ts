import { givenOf } from "../../handlers/given";
import { PartialFailureError } from "../../handlers/partialFailure";
import { failedTurn, nextTurn } from "../../handlers/turn";
import type { HandlerContext } from "../../handlers/types";
import { lastUpgrade } from "../../handlers/upgrade";
import { enterpriseFailureText } from "../failureText";
import { enterpriseInputs } from "../inputs";
import { observeEnterprise } from "../observeEnterprise";
import { planEnterprise } from "../planEnterprise";
import { upgradeEnterprise } from "../upgradeEnterprise";
import { expansionOf } from "./expansion";
import { outputsOf } from "./outputs";
import { specOf } from "./specOf";
import type { CheckedEnterprise, EnterpriseProperties } from "./types";
import { usingMachines } from "../../handlers/usingMachines";

/**
 * Adopts the system, or upgrades it, or destroys the old data: whatever the inputs ask for.
 * @throws PartialFailureError after something was done, else a plain error.
 */
export async function upgrade(
  id: string | null,
  olds: Partial<EnterpriseProperties>,
  inputs: CheckedEnterprise,
  context: HandlerContext,
): Promise<{ id: string; properties: EnterpriseProperties }> {
  const spec = await specOf(inputs, id === null ? {} : olds, context);
  return usingMachines(context.connect(inputs, false), async (machines) => {
    const result = await upgradeEnterprise(spec, machines, context);
    const { state } = result.touched
      ? await observeEnterprise(spec, machines, context.clock, "status", result.state)
          .then((fresh) => ({ state: fresh }))
          .catch(() => result)
      : result;
    // Of a run that only destroyed old data there is nothing to tell.
    const upgraded = result.from === result.to ? null : lastUpgrade(result);
    const properties: EnterpriseProperties = {
      ...givenOf(enterpriseInputs, inputs),
      ...expansionOf(planEnterprise(spec, state)),
      ...nextTurn(inputs, false),
      ...outputsOf(state, { ...olds, lastUpgrade: upgraded ?? olds.lastUpgrade ?? null }),
    };
    const itsId = id ?? `enterprise-chef-${spec.nodes.map(({ name }) => name).join("-")}`;
    if (!result.failure) return { id: itsId, properties };
    const message = enterpriseFailureText(result);
    throw result.touched
      ? new PartialFailureError(message, itsId, { ...properties, ...failedTurn(id, olds, inputs) })
      : new Error(message);
  });
}
