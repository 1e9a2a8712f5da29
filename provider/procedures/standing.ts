import type { ClusterState, NodeState } from "../cluster/state";
import { elasticsearchOf, oldestWith } from "../paths/backendPaths";
import { compareVersions, parseVersion } from "../versions/version";

/** Lowest release that any backend stands at: installed, or older where its services are known to be. */
export function lowestVersion(state: ClusterState): string | null {
  const versions = state.nodes.map(standsAt).filter((version) => version !== null);
  return versions.sort(compareVersions)[0] ?? null;
}

/**
 * A package that was installed without its `upgrade` changes nothing yet: our last `upgrade` tells what runs, else
 * the Elasticsearch that answers, as far as it matters for the way.
 */
function standsAt({ package: pkg, running, upgradedTo, searchVersion }: NodeState): string | null {
  if (pkg.version === null || !parseVersion(pkg.version)) return null;
  if (running.kind !== "older") return pkg.version;
  if (parseVersion(upgradedTo)) return upgradedTo;
  const brought = elasticsearchOf(pkg.version);
  const older = searchVersion !== null && compareVersions(searchVersion, brought) < 0;
  return older ? oldestWith(searchVersion) : pkg.version;
}
