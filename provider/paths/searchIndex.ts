import type { Hop } from "../cluster/hop";
import { compareVersions } from "../versions/version";
import { elasticsearchOf } from "./backendPaths";

/** Elasticsearch's major releases in order: after 2 came 5. */
const majors = [1, 2, 5, 6, 7, 8];
const placeOf = (version: string) => majors.indexOf(Number.parseInt(version, 10));

/**
 * Whether that Elasticsearch starts with an index made by this one: of its own major release and the one before (elastic.co,
 * reindex before upgrading: "nodes will fail to start if incompatible indices are present").
 */
export function opensIndex(elasticsearch: string, made: string): boolean {
  return placeOf(elasticsearch) - placeOf(made) <= 1;
}

/** While a hop is under way, nodes of two major releases of Elasticsearch are in one cluster. */
export function mixesElasticsearch({ from, to }: Pick<Hop, "from" | "to">): boolean {
  return placeOf(elasticsearchOf(from)) !== placeOf(elasticsearchOf(to));
}

/** The same of what runs by now: a former leader may have kept its old one after an `upgrade` that ended with 0 (chef-server#3213). */
export function runsMixed(nodes: readonly { readonly searchVersion: string | null }[]): boolean {
  const places = nodes.flatMap(({ searchVersion }) =>
    searchVersion === null ? [] : [placeOf(searchVersion)],
  );
  return new Set(places).size > 1;
}

/** Brings the cluster to 3.x, whose Elasticsearch starts with nothing but what the one before has made. */
export function crossesToThree({ from, to }: Pick<Hop, "from" | "to">): boolean {
  return compareVersions(from, "3.0.0") < 0 && compareVersions(to, "3.0.0") >= 0;
}

/** Whether the vendor recommends to rebuild an index: an older major release than the one that runs has made it. */
export function isOutdated(made: string, running: string): boolean {
  return placeOf(made) < placeOf(running);
}
