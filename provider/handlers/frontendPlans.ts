import type { ClusterState } from "../cluster/state";
import type { Plan } from "../plan/plan";
import type { UpgradeSpec } from "../plan/spec";
import { nothing, stepText } from "./backendPlans";
import { installedRelease } from "./byMachine";
import type { CheckedInputs, FrontendPlan } from "./types";

/** Entries by frontend's name, as an input of their own; nothing where no frontends are given. */
type Entries = Pick<CheckedInputs, "frontendPlans">;
type Known = Readonly<Record<string, FrontendPlan>> | undefined;

/** What preview shows of each frontend. One that cannot be reached is told of from the entries of the state. */
export function frontendPlans(spec: UpgradeSpec, plan: Plan, state: ClusterState, known: Known): Entries {
  if (!spec.frontends) return {};
  const changing = plan.frontends.filter((each) => each.order !== null).length;
  const unread = fromState(spec, known);
  const entries = state.frontends.map((frontend): [string, FrontendPlan] => {
    const its = plan.frontends.find((each) => each.name === frontend.name);
    if (frontend.unreachable !== null) return [frontend.name, unread[frontend.name]!];
    const step = !its || its.order === null ? nothing : stepText(its, changing);
    return [frontend.name, { version: spec.frontends!.version ?? installedRelease(frontend), step }];
  });
  return { frontendPlans: Object.fromEntries(entries) };
}

/** What can be said without the cluster. */
export function frontendPlansFromState(spec: UpgradeSpec, known: Known): Entries {
  return spec.frontends ? { frontendPlans: fromState(spec, known) } : {};
}

function fromState(spec: UpgradeSpec, known: Known): Record<string, FrontendPlan> {
  const wanted = spec.frontends!.version;
  return Object.fromEntries(
    spec.frontends!.nodes.map(({ name }) => {
      const old = known?.[name]?.version ?? "unknown";
      const version = wanted ?? old;
      const step =
        version === old
          ? nothing
          : `${old} => ${version}, in an order that is found when the frontends can be reached`;
      return [name, { version, step }];
    }),
  );
}
