import { release } from "../versions/version";
import { goneNotes } from "../machine/who";
import { packageWarnings } from "../plan/packageWarnings";
import { describeMachines, destroysOf, downtimeOf } from "./describe";
import { packageName } from "./facts";
import type { EnterprisePlan } from "./plan";
import { cleanupSteps, upgradeSteps } from "./procedure";
import { refusalsOf } from "./refusals";
import type { EnterpriseSpec } from "./spec";
import { type EnterpriseState, machinesOf } from "./state";
import { type EnterpriseView, viewOf } from "./view";
import { notInStep, verificationProblems } from "./wellness";

/** What has to be done so that the whole system is at the version that is asked for. Pure. */
export function planEnterprise(spec: EnterpriseSpec, state: EnterpriseState): EnterprisePlan {
  const view = viewOf(spec, state);
  const { task, pair } = view;
  const steps =
    !pair || task === null ? [] : task === "upgrade" ? upgradeSteps(view, pair) : cleanupSteps(view);
  return {
    ...{ steps, from: view.from, to: spec.version },
    machines: describeMachines(view, steps),
    refusals: refusalsOf(view),
    downtime: task === "upgrade" ? downtimeOf(view) : [],
    destroys: task === "cleanup" ? destroysOf(view) : null,
    // Nothing is to be done, and yet not everything need be as it shall be.
    warnings: [
      ...goneNotes(spec.goneMachines, view.record),
      ...(task === null
        ? [...verificationProblems(view), ...notInStep(state.nodes)]
        : packageWarnings(machinesOf(state), packageName)),
    ],
    owed: debts(view),
  };
}

function debts({ task, open, record, spec, anyBegun, state, begun, done }: EnterpriseView): string[] {
  if (!open) return [];
  if (task === "cleanup")
    return [`the cleanup of what was before ${spec.version} was begun and is not finished`];
  const stopped = state.frontends.filter(({ name }) => begun(`${name}/stop`) && !done(`${name}/start`));
  const names = stopped.map(({ name }) => name).join(", ");
  return [
    `the upgrade from ${release(record!.from)} to ${spec.version} was begun and is not finished${
      anyBegun("install") ? ", past the point of no return" : ""
    }${names ? `; by us ${names} are stopped` : ""}`,
  ];
}
