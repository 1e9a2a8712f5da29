import { nothing } from "./backendPlans";
import type { CheckedInputs, ClusterProperties } from "./types";

/**
 * Whether an update has anything to do: a backend's or frontend's version differs, a part of the way is left, an
 * earlier run left something to be mended, or the machines are others. A moved leader or a changed credential is
 * no reason. Nothing ever replaces.
 */
export function diff(olds: Partial<ClusterProperties>, news: CheckedInputs): { changes: boolean } {
  const backends = Object.values(news.backends ?? {});
  const plans = [...backends, ...Object.values(news.frontendPlans ?? {})];
  const differs = backends.length === 0 || plans.some((plan) => plan.step !== nothing);
  const left = [...(news.hops ?? []), ...(news.unfinished ?? [])].length > 0;
  return { changes: differs || left || !sameMachines(olds, news) };
}

function sameMachines(olds: Partial<CheckedInputs>, news: CheckedInputs): boolean {
  const names = (plans: object | undefined) =>
    Object.keys(plans ?? {})
      .sort()
      .join("\n");
  return (
    names(olds.backends) === names(news.backends) && names(olds.frontendPlans) === names(news.frontendPlans)
  );
}
