import { migrationsFolder } from "../chef/server/partybus";
import { migrationLevelPath } from "../commands/facts";
import { healthProblems } from "../cluster/health";
import type { Hop } from "../cluster/hop";
import type { ClusterState } from "../cluster/state";
import {
  type FrontendView,
  frontendOrder,
  frontendViews,
  hasMigrated,
  migratedBefore,
  migrationSource,
  owesReindex,
} from "../plan/frontendView";
import type { Refusal } from "../plan/plan";
import { refusals } from "../plan/preflight";
import { type Progress, progressOf } from "../plan/progress";
import { unhealthyParts } from "../plan/refusals/cluster";
import { frontendRules } from "../plan/refusals/frontends";
import { frontendUpgradeRules, laterFrontendRules } from "../plan/refusals/frontendUpgrade";
import { identityRules } from "../plan/refusals/membership";
import { refuse } from "../plan/refusals/rule";
import type { UpgradeSpec } from "../plan/spec";
import { type View, viewOf } from "../plan/view";
import { compareVersions, release } from "../versions/version";
import { knowsMaintenance } from "./frontendSteps";

/** What forbids upgrading the next frontend. */
export function frontendRefusals(
  spec: UpgradeSpec,
  hop: Hop,
  view: View,
  views: readonly FrontendView[],
  progress: Progress,
): Refusal[] {
  const unfinished = views.find((each) => each.inside && each.state.unreachable === null);
  if (unfinished) return finishRefusals(spec, view, views, unfinished, progress);
  return [
    ...refusals(spec, { ...view, nodes: [] }).filter((each) => each.code !== "unhealthy"),
    ...frontendRules.flatMap((rule) => rule(spec, view)),
    ...frontendUpgradeRules.flatMap((rule) => rule(spec, views, spec.frontends!.version!)),
    ...noLevel(spec, views, frontendOrder(views)[0], progress),
    ...notClosable(spec, hop, progress),
    ...unhealthy(spec, view),
  ];
}

/** A reindex needs the services, and only maintenance mode keeps clients out while they run. */
function notClosable(spec: UpgradeSpec, hop: Hop, progress: Progress): Refusal[] {
  if (!owesReindex(spec, hop, progress) || compareVersions(hop.to, knowsMaintenance) >= 0) return [];
  return [
    refuse({
      code: "frontendPath",
      what: "Frontends cannot be closed during the reindex",
      where: "input `frontends.version`",
      seen: `Chef asks for a reindex after the upgrade to ${release(hop.to)}; releases before ${knowsMaintenance} have no maintenance mode, and clients would search an index that is not complete`,
      next: `set \`frontends.version\` to ${knowsMaintenance} or later, or, to leave the index as it is, \`frontends.skipReindex: "${release(hop.to)}"\``,
    }),
  ];
}

/**
 * The unfinished one is out of service by us: what is wrong with another one is no reason to leave it so. One that is
 * upgraded is only to be started.
 */
function finishRefusals(
  spec: UpgradeSpec,
  view: View,
  views: readonly FrontendView[],
  unfinished: FrontendView,
  progress: Progress,
): Refusal[] {
  const alone = { ...view, state: { ...view.state, frontends: [unfinished.state] } };
  const start = [...identityRules, ...frontendRules].flatMap((rule) => rule(spec, alone));
  if (unfinished.upgraded) return start;
  return [
    ...start,
    ...frontendUpgradeRules.flatMap((rule) => rule(spec, [unfinished], spec.frontends!.version!)),
    ...noLevel(spec, views, unfinished, progress),
    ...unhealthy(spec, view),
  ];
}

/** An `upgrade` against a schema that is migrated already must know of it. */
function noLevel(
  spec: UpgradeSpec,
  views: readonly FrontendView[],
  next: FrontendView | undefined,
  progress: Progress,
): Refusal[] {
  if (!next || next.upgraded || progress.done(`${next.name}/migration-level`)) return [];
  if (!migratedBefore(views, next) || migrationSource(views, next)) return [];
  const others = views.filter((each) => each !== next && hasMigrated(each)).map((each) => each.name);
  return others.length === 0
    ? []
    : [
        refuse({
          code: "frontends",
          what: "Migration level is unknown",
          where: others,
          seen: `the schema is migrated, and nothing verifies a level for ${next.name}: ${others.length > 1 ? "none of them" : "it"} was upgraded by this provider, or shows a level that its own package's migrations in ${migrationsFolder} have reached`,
          next: `make ${migrationLevelPath} and ${migrationsFolder} readable on one of them; if \`chef-server-ctl upgrade\` was never run there, run it`,
          waitable: spec.timeouts.healthy,
        }),
      ];
}

function unhealthy(spec: UpgradeSpec, { state }: View): Refusal[] {
  const problems = healthProblems(state);
  return problems.length === 0
    ? []
    : [
        refuse({
          code: "unhealthy",
          what: "Cluster is not healthy",
          ...unhealthyParts({ state }, problems),
          waitable: spec.timeouts.healthy,
        }),
      ];
}

/** What would forbid it once its turn comes, looked at before the first part of the way begins. */
export function laterFrontends(spec: UpgradeSpec, hop: Hop, state: ClusterState): Refusal[] {
  const view = viewOf(spec, state);
  const progress = progressOf(view.record, hop);
  const views = frontendViews(spec, state, progress);
  return [
    ...frontendRules.flatMap((rule) => rule(spec, view)),
    ...laterFrontendRules.flatMap((rule) => rule(spec, views, hop.to)),
    ...notClosable(spec, hop, progress),
  ];
}
