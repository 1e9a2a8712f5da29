import { type Hop, isRebuild } from "../cluster/hop";
import { newestRecord } from "../cluster/record";
import type { ClusterState } from "../cluster/state";
import { elasticsearchOf, rebuild } from "../paths/backendPaths";
import { isOutdated } from "../paths/searchIndex";
import { indexIsIncomplete } from "../plan/progress";
import type { UpgradeSpec } from "../plan/spec";
import { compareVersions, release } from "../versions/version";
import { lowestVersion } from "./standing";

/** The Elasticsearch that made the oldest index, as far as any backend tells; null: none does. */
export function oldestIndex(state: ClusterState): string | null {
  return lowestOf(state.nodes.map((node) => node.indexVersion));
}

/** The oldest Elasticsearch that runs: an index that is made now is made by it. Null: none answers. */
export function oldestSearch(state: ClusterState): string | null {
  return lowestOf(state.nodes.map((node) => node.searchVersion));
}

/** The newest Elasticsearch that runs: what frontends have to work with. Null: none answers. */
export function newestSearch(state: ClusterState): string | null {
  return inOrder(state.nodes.map((node) => node.searchVersion)).at(-1) ?? null;
}

const lowestOf = (versions: readonly (string | null)[]) => inOrder(versions)[0] ?? null;

function inOrder(versions: readonly (string | null)[]): string[] {
  return versions.filter((version) => version !== null).sort(compareVersions);
}

/**
 * The hop that `rebuildIndex` asks for, once the backends are at their version; null where nothing is to be done. What tells is
 * the index itself: one that the running Elasticsearch has made is not rebuilt again, whatever any record says.
 * @param path the hops before it
 */
export function rebuildHop(spec: UpgradeSpec, state: ClusterState, path: readonly Hop[]): Hop | null {
  if (spec.rebuildIndex === null) return null;
  const last = path.findLast(({ method }) => method === "reindex");
  const made = last ? elasticsearchOf(last.to) : oldestIndex(state);
  const running = (path.length === 0 ? oldestSearch(state) : null) ?? elasticsearchOf(spec.version);
  if (made === null || compareVersions(made, running) >= 0) return null;
  return rebuild(spec.version, `rebuildIndex asks for it; Elasticsearch ${made} made the index`);
}

/**
 * What the vendor recommends for a cluster that is where it shall be: to rebuild an index that an older major release of
 * Elasticsearch has made ("Upgrade Chef Infra Servers with Elasticsearch 5.6.16": strongly, once backends and frontends are
 * upgraded).
 */
export function recommendations(spec: UpgradeSpec, state: ClusterState): string[] {
  const made = oldestIndex(state);
  const at = lowestVersion(state);
  const record = newestRecord(state.nodes.map((node) => node.record));
  if (made === null || at === null || compareVersions(at, "3.0.0") < 0 || indexIsIncomplete(record))
    return [];
  if (!isOutdated(made, oldestSearch(state) ?? elasticsearchOf(at))) return [];
  return [
    `Set \`rebuildIndex\` and \`allowDowntime\` to "${release(spec.version)}" in a maintenance window: Chef strongly recommends a new search index on 3.x, once backends and frontends are upgraded; Elasticsearch ${made} made this one`,
  ];
}

/** Who asks for a rebuild is told where nobody can tell whether it is due. */
export function rebuildWarnings(spec: UpgradeSpec, state: ClusterState, hops: readonly Hop[]): string[] {
  const unknown = spec.rebuildIndex !== null && oldestIndex(state) === null && !hops.some(isRebuild);
  return unknown
    ? ["rebuildIndex: no backend tells which Elasticsearch made the search index, so nothing is rebuilt"]
    : [];
}
