import { type Hop, isRebuild } from "../cluster/hop";
import type { ClusterState } from "../cluster/state";
import type { Refusal } from "../plan/plan";
import { laterNodeRules } from "../plan/refusals/nodes";
import { laterPackageRules } from "../plan/refusals/packages";
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

/** What else stands in their way. */
export function laterObstacles(spec: UpgradeSpec, later: readonly Hop[], state: ClusterState): Refusal[] {
  return later.flatMap((hop) => {
    if (hop.method === "frontends") return laterFrontends(spec, hop, state);
    return hop.method === "reindex" ? laterReindex(spec, hop, state) : [];
  });
}
