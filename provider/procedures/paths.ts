import type { Refusal } from "../plan/plan";
import { compareVersions, parseVersion, release } from "../versions/version";

const major = (version: string) => Number(parseVersion(version)!.release.split(".")[0]);

/**
 * Whether chef-backend can be updated from one version to another while the cluster serves (vendor's upgrade
 * pages): within a major version, except where the search index is too old for the new Elasticsearch.
 * @param indexVersion release of Elasticsearch that made the index; null when it could not be read.
 */
export function rollingRefusal(from: string, to: string, indexVersion: string | null): Refusal | null {
  const path = `chef-backend ${release(from)} => ${release(to)}`;
  if (major(from) !== major(to))
    return {
      code: "path",
      message: `${path} is not an update within a major version`,
      wayOut:
        "This release updates within 1.x, 2.x and 3.x; do the major upgrade by the vendor's procedure, then come back",
      waitable: 0,
    };
  const crosses = compareVersions(from, "2.1.0") < 0 && compareVersions(to, "2.3.16") >= 0 && major(to) === 2;
  if (!crosses || (indexVersion !== null && compareVersions(indexVersion, "5.0.0") >= 0)) return null;
  return {
    code: "path",
    message: `${path} needs downtime when Elasticsearch 2.x made the search index; ${indexVersion === null ? "which release made it could not be read" : `${indexVersion} made it`}`,
    wayOut: "Rebuild the index by the vendor's procedure first (it must be from Elasticsearch 5 or later)",
    waitable: 0,
  };
}
