import type { Refusal } from "../../plan/plan";
import { type EnterpriseMachine, machinesOf } from "../state";
import type { EnterpriseView } from "../view";

/** One thing that forbids changing the system: none, or one refusal for each place where it stands in the way. */
export type Rule = (view: EnterpriseView) => Refusal[];

/** A machine that cannot be reached is told of by a rule of its own. */
export function readable({ state }: EnterpriseView): EnterpriseMachine[] {
  return machinesOf(state).filter((machine) => machine.unreachable === null);
}
