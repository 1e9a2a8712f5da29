import type { ClusterState } from "../cluster/state";
import type { Plan } from "../plan/plan";
import type { UpgradeSpec } from "../plan/spec";
import { backendPlans, plansFromState } from "./backendPlans";
import { frontendPlans, frontendPlansFromState } from "./frontendPlans";
import { hopText } from "./hopText";
import type { CheckedInputs } from "./types";

/** What `check` adds to the inputs. A key is missing where there is nothing to say. */
type Expansion = Pick<CheckedInputs, "backends" | "frontendPlans" | "hops" | "unfinished">;

/** What would happen to each machine, the way to the version, and what is to be mended first. */
export function expansionOf(spec: UpgradeSpec, plan: Plan, state: ClusterState, olds: Expansion): Expansion {
  return {
    backends: backendPlans(plan, state),
    ...frontendPlans(spec, plan, state, olds.frontendPlans),
    ...(plan.hops.length > 0 ? { hops: plan.hops.map(hopText) } : {}),
    ...(plan.owed.length > 0 ? { unfinished: plan.owed } : {}),
  };
}

/** What can be said of it without the cluster. */
export function expansionFromState(spec: UpgradeSpec, olds: Expansion): Expansion {
  return {
    backends: plansFromState(spec, olds.backends),
    ...frontendPlansFromState(spec, olds.frontendPlans),
  };
}

/** The rest of the inputs or properties: an expansion of another day must not stay among them. */
export function unexpanded<T extends Expansion>(inputs: T): Omit<T, keyof Expansion> {
  const {
    backends: _backends,
    frontendPlans: _plans,
    hops: _hops,
    unfinished: _unfinished,
    ...rest
  } = inputs;
  return rest;
}
