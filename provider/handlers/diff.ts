import { nothing } from "./backendPlans";
import type { CheckedInputs, ClusterProperties } from "./types";

/**
 * Whether an update has anything to do: a backend's version differs, an earlier run left something to be
 * mended, or the nodes are others. A moved leader or a changed credential is no reason. Nothing ever replaces.
 */
export function diff(olds: Partial<ClusterProperties>, news: CheckedInputs): { changes: boolean } {
  const plans = Object.values(news.backends ?? {});
  const differs = plans.length === 0 || plans.some((plan) => plan.step !== nothing);
  return { changes: differs || (news.unfinished?.length ?? 0) > 0 || !sameNodes(olds, news) };
}

function sameNodes(olds: Partial<ClusterProperties>, news: CheckedInputs): boolean {
  const names = (inputs: Partial<CheckedInputs>) =>
    Object.keys(inputs.backends ?? {})
      .sort()
      .join("\n");
  return names(olds) === names(news);
}
