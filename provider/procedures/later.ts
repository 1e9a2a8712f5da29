import { type Hop, isRebuild } from "../cluster/hop";
import type { ClusterState } from "../cluster/state";
import type { Refusal } from "../plan/plan";
import { laterNodeRules } from "../plan/refusals/nodes";
import { midwayRules } from "../plan/refusals/midway";
import { laterPackageRules, noRoom } from "../plan/refusals/packages";
import { hopSpec, type UpgradeSpec } from "../plan/spec";
import { viewOf } from "../plan/view";
import { laterFrontends } from "./frontendRefusals";
import { laterReindex } from "./reindex";

/** What the later hops install, and where, must be right before the first one begins. */
export function laterPackages(spec: UpgradeSpec, later: readonly Hop[], state: ClusterState): Refusal[] {
  return later
    .filter((hop) => hop.method !== "frontends" && hop.method !== "cleanup" && !isRebuild(hop))
    .flatMap((hop) => {
      const own = hopSpec(spec, hop, state);
      const view = viewOf(own, state);
      return [...laterPackageRules, ...laterNodeRules].flatMap((rule) => rule(own, view));
    });
}

/** What else stands in the way of the hops behind the first one. */
export function laterObstacles(spec: UpgradeSpec, hops: readonly Hop[], state: ClusterState): Refusal[] {
  return hops.slice(1).flatMap((hop, at) => {
    // Behind hops that upgrade no backend the same packages stand on the backends as now.
    const asNow = hops.slice(0, at + 1).every((each) => isRebuild(each) || each.method === "frontends");
    if (asNow && ["rolling", "downtime"].includes(hop.method)) {
      const own = hopSpec(spec, hop, state);
      const view = viewOf(own, state);
      return [...midwayRules, noRoom].flatMap((rule) => rule(own, view));
    }
    if (hop.method === "frontends") return laterFrontends(spec, hop, state);
    return hop.method === "reindex" ? laterReindex(spec, hop, state) : [];
  });
}
