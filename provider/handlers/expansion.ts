import type { ClusterState } from "../cluster/state";
import type { Plan } from "../plan/plan";
import type { UpgradeSpec } from "../plan/spec";
import { adopted, nextAdopted } from "./adopted";
import { backendPlans, nothing, plansFromState } from "./backendPlans";
import { frontendPlans, frontendPlansFromState } from "./frontendPlans";
import { hopText } from "./hopText";
import type { Expansion } from "./types";

/** What would happen to each machine, the way to the version, and what is to be mended first. */
export function expansionOf(spec: UpgradeSpec, plan: Plan, state: ClusterState, olds: Expansion): Expansion {
  return {
    backends: backendPlans(plan),
    ...frontendPlans(spec, plan, state, olds.frontendPlans),
    ...(plan.hops.length > 0 ? { hops: plan.hops.map(hopText) } : {}),
    ...(plan.owed.length > 0 ? { unfinished: plan.owed } : {}),
    __adopted: nextAdopted(spec, plan, state),
  };
}

/** What can be said of it without the cluster. */
export function expansionFromState(spec: UpgradeSpec, olds: Expansion): Expansion {
  return {
    backends: plansFromState(spec, olds.backends),
    ...frontendPlansFromState(spec, olds.frontendPlans),
    ...known(olds),
  };
}

/** What can be said while inputs are not known: the entries stay, so that nothing seems to be removed. */
export function expansionLater(when: string, olds: Expansion): Expansion {
  const { backends, frontendPlans } = olds;
  return {
    ...(backends ? { backends: waiting(when, backends) } : {}),
    ...(frontendPlans ? { frontendPlans: waiting(when, frontendPlans) } : {}),
    ...known(olds),
  };
}

/** The entries of an earlier look, with a step that is found later. */
export function waiting<Entry extends { readonly step: string }>(
  when: string,
  entries: Readonly<Record<string, Entry>>,
): Record<string, Entry> {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, { ...entry, step: when }]));
}

/** Whether something is to be done. */
export function acts({ backends, frontendPlans, hops, unfinished }: Expansion): boolean {
  const plans = [...Object.values(backends ?? {}), ...Object.values(frontendPlans ?? {})];
  return [...(hops ?? []), ...(unfinished ?? [])].length > 0 || plans.some(({ step }) => step !== nothing);
}

const known = (olds: Expansion): Expansion => {
  const cluster = adopted(olds);
  return cluster ? { __adopted: cluster } : {};
};
