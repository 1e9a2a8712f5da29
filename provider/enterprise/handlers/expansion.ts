import { nothing, stepText } from "../../handlers/backendPlans";
import { waiting } from "../../handlers/expansion";
import type { EnterprisePlan } from "../plan";
import type { EnterpriseSpec } from "../spec";
import type { EnterpriseExpansion, MachinePlan } from "./types";

/** What would happen to each machine, what goes down, what is destroyed, and what is to be finished first. */
export function expansionOf(plan: EnterprisePlan): EnterpriseExpansion {
  const changing = plan.machines.filter(({ order }) => order !== null).length;
  const entries = plan.machines.map((machine): [string, MachinePlan] => {
    const step = machine.order === null ? nothing : stepText(machine, changing);
    return [machine.name, { role: machine.role, version: machine.desired, step }];
  });
  return {
    machines: Object.fromEntries(entries),
    ...(plan.downtime.length > 0 ? { downtime: plan.downtime } : {}),
    ...(plan.destroys === null ? {} : { destroys: plan.destroys }),
    ...(plan.owed.length > 0 ? { unfinished: plan.owed } : {}),
  };
}

/** What can be said without the machines. */
export function expansionFromState(
  { nodes, frontends, version }: EnterpriseSpec,
  { machines: known = {} }: EnterpriseExpansion,
): EnterpriseExpansion {
  const entries = [...nodes, ...frontends].map(({ name }): [string, MachinePlan] => {
    const old = known[name];
    const step =
      old?.version === version
        ? nothing
        : `${old?.version ?? "unknown"} => ${version}, in an order that is found when all machines can be reached`;
    return [name, { role: old?.role ?? "unknown", version, step }];
  });
  return { machines: Object.fromEntries(entries) };
}

/** What can be said while inputs are not known: the entries stay, so that nothing seems to be removed. */
export const expansionLater = (when: string, { machines }: EnterpriseExpansion): EnterpriseExpansion =>
  machines ? { machines: waiting(when, machines) } : {};

/** Whether something is to be done. */
export const acts = ({ machines = {}, unfinished = [] }: EnterpriseExpansion): boolean =>
  unfinished.length > 0 || Object.values(machines).some(({ step }) => step !== nothing);
