import { newestRecord, type RunRecord } from "../cluster/record";
import type { ClusterState, FrontendState } from "../cluster/state";
import { compareVersions, parseVersion, release } from "../versions/version";
import { left, type Progress, upgradeAgain } from "./progress";
import { asksForReindex } from "../paths/frontendPaths";
import type { Hop } from "../cluster/hop";
import type { UpgradeSpec } from "./spec";
import { installedRight } from "./view";

/** A frontend with what the planner asks of it. */
export interface FrontendView {
  readonly state: FrontendState;
  readonly name: string;
  /** One that cannot be read counts as one that needs it, unless it was verified before. */
  readonly needsInstall: boolean;
  /** Our own unfinished step is on it: between the start of its stop and its verified answer. */
  readonly inside: boolean;
  /** Our last `upgrade` on it ended well, was for the package that is installed, and has migrated all that it has. */
  readonly upgraded: boolean;
  /** It is at the version, nothing of it is left to migrate, and an upgrade of ours that was begun has ended. */
  readonly done: boolean;
  /** Its migration level is that of the schema: its `upgrade` was ours, or has migrated all that its package has. */
  readonly verified: boolean;
}

/** The frontends against the version that they shall have. Pure. */
export function frontendViews(spec: UpgradeSpec, state: ClusterState, progress: Progress): FrontendView[] {
  const wanted = spec.frontends?.version ?? null;
  const record = newestRecord(state.nodes.map((node) => node.record));
  const stopped = stoppedFrontends(record);
  const owed = (name: string) => record?.finished === false && record.begun.includes(upgradeAgain(name));
  return state.frontends.map((each) => {
    const { name, unreachable } = each;
    const right =
      unreachable === null
        ? wanted === null || installedRight(each, wanted)
        : progress.done(`${name}/verify`);
    const needsInstall = wanted !== null && !right;
    const inside = stopped.includes(name);
    const ended = unreachable === null && right && each.upgradedTo === each.package.version;
    const pending = owesUpgrade(each, wanted);
    const upgraded = ended && !owed(name) && !pending;
    const done = !needsInstall && !inside && !pending;
    const verified = upgraded || (done && each.migrations !== null);
    return { state: each, name, needsInstall, inside, upgraded, done, verified };
  });
}

/** The package is there, and its `upgrade` has not been run to its end: somebody has installed it by hand. */
export function owesUpgrade(node: FrontendState, wanted: string | null): boolean {
  return wanted !== null && installedRight(node, wanted) && node.migrations?.pending === true;
}

/** Frontends that we have stopped, and that were not seen to answer since; by name. Whatever version it was for. */
export function stoppedFrontends(record: RunRecord | null): string[] {
  return left(record, "stop", "verify");
}

/**
 * It sends its clients away while it runs. Where its own address is on the list of those who are let in nothing shows it
 * (chef-server, dispatch.lua.erb).
 */
export const isInMaintenance = ({ api }: Pick<FrontendState, "api">) => api === "503";

/** Lowest release that any frontend has installed; null when none can be compared. */
export function lowestFrontend(state: ClusterState): string | null {
  const versions = state.frontends.flatMap(({ package: { version } }) =>
    version !== null && parseVersion(version) ? [version] : [],
  );
  return versions.sort(compareVersions)[0] ?? null;
}

/** The unfinished one first, then in the order of the inputs. */
export function frontendOrder(views: readonly FrontendView[]): FrontendView[] {
  return views.filter((view) => !view.done).sort((a, b) => Number(b.inside) - Number(a.inside));
}

/** Not the first one to be upgraded: another one has migrated the schema, or will have by then. */
export function migratedBefore(views: readonly FrontendView[], view: FrontendView): boolean {
  return views.some((each) => each !== view && hasMigrated(each)) || frontendOrder(views)[0] !== view;
}

export const hasMigrated = (view: FrontendView) => view.done || view.upgraded;

/**
 * The frontend whose `migration-level` the others take, best one whose `upgrade` was ours. A package that somebody has
 * installed need not have been upgraded.
 */
export function migrationSource(
  views: readonly FrontendView[],
  view: FrontendView,
): FrontendView | undefined {
  const able = views.filter((each) => each !== view && each.verified && each.state.migrationLevel !== null);
  return able.find((each) => each.upgraded) ?? able[0];
}

/**
 * Whether the search index is still to be rebuilt at the end of the hop: where Chef asks for it, and the program does not decline
 * it. What empties the index behind closed doors is not declined any more: they would be opened on what is left.
 */
export function owesReindex(spec: UpgradeSpec, hop: Hop, progress: Progress): boolean {
  if (progress.done("cluster/reindex")) return false;
  const empties = progress.begun("cluster/reindex") && progress.anyBegun("close");
  return asksForReindex(hop.from, hop.to) && (!skipsReindex(spec, hop) || empties);
}

/** The program declines the reindex that Chef asks for. */
export function skipsReindex({ frontends }: UpgradeSpec, hop: Hop): boolean {
  const skipped = frontends?.skipReindex ?? null;
  return skipped !== null && release(skipped) === release(hop.to) && asksForReindex(hop.from, hop.to);
}
