import type { HandlerContext } from "../../handlers/types";
import { UnreachableError } from "../../machine/machine";
import { enterpriseInputs } from "../inputs";
import { observeEnterprise } from "../observeEnterprise";
import { planEnterprise } from "../planEnterprise";
import { machinesOf } from "../state";
import { expansionOf, unexpanded } from "./expansion";
import { outputsOf } from "./outputs";
import { specOf } from "./specOf";
import type { EnterpriseProperties } from "./types";

/**
 * The truth of the machines, drift included. Changes nothing. Where one cannot be read the old properties are kept,
 * with a warning: an unreachable system is not a deleted one.
 */
export async function read(
  properties: EnterpriseProperties,
  context: HandlerContext,
): Promise<EnterpriseProperties> {
  const inputs = enterpriseInputs.strip().parse(properties);
  const warn = (text: string) => context.report({ type: "warning", text });
  const machines = context.connect(inputs, true);
  try {
    const spec = await specOf({ ...inputs, packageFile: undefined }, properties, context);
    const state = await observeEnterprise(spec, machines, context.clock, "full");
    const unread = machinesOf(state).filter(({ unreachable }) => unreachable !== null);
    for (const { name, unreachable } of unread)
      warn(`${name} cannot be reached, the state keeps what it has: ${unreachable}`);
    if (unread.length > 0) return properties;
    const plan = planEnterprise(spec, state);
    for (const debt of plan.owed) warn(`The next \`pulumi up\` finishes: ${debt}`);
    return { ...unexpanded(properties), ...expansionOf(plan), ...outputsOf(state, properties) };
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    warn(`The system cannot be read, the state keeps what it has: ${error.message}`);
    return properties;
  } finally {
    await Promise.all(machines.map((machine) => machine.close()));
  }
}
