import { type Hop, isRebuild } from "../cluster/hop";
import { type Refusal, refuse } from "../plan/refusal";
import { compareVersions, release } from "../versions/version";

/** Releases from the first one up to, but not including, the second. */
type Range = readonly [from: string, below: string];

/** One row of the upgrade matrix. */
export interface Row {
  readonly from: Range;
  readonly to: Range;
  readonly method: "rolling" | "downtime";
  /** The row holds for an index made by this release of Elasticsearch or a later one; an older one is rebuilt … */
  readonly indexSince?: string;
  /**
   * … before the hop, by the Elasticsearch that runs: the new one would not start with it. Otherwise in the hop, once every
   * backend is upgraded.
   */
  readonly rebuiltBefore?: true;
  readonly source: string;
}

const page = "vendor's upgrade page";

/** Which direct upgrades exist. What no row allows does not exist. */
export const matrix: readonly Row[] = [
  {
    from: ["1.0.0", "2.0.0"],
    to: ["1.0.0", "2.0.0"],
    method: "rolling",
    source: `${page}, Update Chef Backend`,
  },
  {
    from: ["0.1.0", "2.0.0"],
    to: ["2.0.0", "3.0.0"],
    method: "downtime",
    source: `${page}, 1.x to 2.x (0.1.0 to 1.4.40)`,
  },
  {
    from: ["2.0.0", "2.1.0"],
    to: ["2.0.0", "2.3.16"],
    method: "rolling",
    source: `${page}, Update Chef Backend`,
  },
  {
    ...{ from: ["2.0.0", "2.1.0"], to: ["2.3.16", "3.0.0"], method: "rolling", indexSince: "5.0.0" },
    source: `${page}: to 2.3.16 with an index made by Elasticsearch 2.3.1 needs downtime with a reindex`,
  },
  {
    from: ["2.1.0", "3.0.0"],
    to: ["2.1.0", "3.0.0"],
    method: "rolling",
    source: `${page}, Update Chef Backend`,
  },
  {
    ...{ from: ["2.1.0", "3.0.0"], to: ["3.0.0", "4.0.0"], method: "rolling", indexSince: "5.6.16" },
    rebuiltBefore: true,
    source: `${page}: an index older than 5.6.16 is deleted and rebuilt (its table says "automatic" for 2.1.0, its prose does not: the safer one). The page upgrades first; elastic.co, "Reindex before upgrading": Elasticsearch 6 does not start while an index of 2.x is present, so it is rebuilt first`,
  },
  {
    from: ["3.0.0", "4.0.0"],
    to: ["3.0.0", "4.0.0"],
    method: "rolling",
    source: `${page}, Update Chef Backend`,
  },
];

/**
 * Where no row leads directly from one major version to another, the way goes through a 2.x from 2.1.0 on, of which 2.3.19 is
 * the last (vendor's upgrade page): the newest whose package is given, and without any this release.
 */
export const steppingStone = "2.3.16";

/** The release that the way to 3.x goes through. @param packages versions whose packages are given */
export function stoneOf(packages: readonly string[]): string {
  const stones = packages.filter(
    (version) => compareVersions(version, "2.1.0") >= 0 && compareVersions(version, "3.0.0") < 0,
  );
  return [...stones].sort(compareVersions).at(-1) ?? steppingStone;
}

/** Elasticsearch by release of chef-backend, from each one on (vendor's upgrade page and release notes). */
export const elasticsearch: readonly (readonly [since: string, release: string])[] = [
  ["3.0.0", "6.8.23"],
  ["2.1.0", "5.6.16"],
  ["2.0.0", "5.4.1"],
  ["0.0.0", "2.3.1"],
];

/** The first release from which a way leads on. */
const oldestKnown = "0.1.0";

/** The Elasticsearch that a release of chef-backend brings. */
export function elasticsearchOf(version: string): string {
  return elasticsearch.find(([since]) => compareVersions(version, since) >= 0)![1];
}

/** The oldest release of chef-backend that brings an Elasticsearch as new as the one seen running. */
export function oldestWith(running: string): string {
  const found = elasticsearch.find(([, brought]) => compareVersions(running, brought) >= 0);
  return found === undefined || found[0] === "0.0.0" ? oldestKnown : found[0];
}

export interface PathQuestion {
  /** Lowest version that any backend stands at. */
  readonly from: string;
  readonly to: string;
  /** The release of Elasticsearch that made the oldest index; null when it could not be read. */
  readonly index: string | null;
  /** Versions whose packages are given: one of them may be the one that the way goes through. */
  readonly packages?: readonly string[];
  /** Another hop comes first: the index is read again after it. */
  readonly later?: boolean;
}

/**
 * The hops from one version to another, each complete in itself: found, not asked for. Pure.
 * @returns no hop when there is no way to go; a refusal when there is no way.
 */
export function findPath({
  from,
  to,
  index,
  packages = [],
  later = false,
}: PathQuestion): readonly Hop[] | Refusal {
  if (compareVersions(from, to) >= 0) return [];
  const stone = stoneOf(packages);
  const ends = rowOf(from, to) ? [to] : [stone, to];
  if (ends.length > 1 && !(rowOf(from, stone) && rowOf(stone, to))) return noPath(from, to);
  const hops: Hop[] = [];
  let at = from;
  let made = index;
  for (const end of ends) {
    const row = rowOf(at, end)!;
    const isOld =
      row.indexSince !== undefined && (made === null || compareVersions(made, row.indexSince) < 0);
    if (isOld && made === null && hops.length === 0 && !later) return unknownIndex(from, to);
    const because = isOld ? tooOld(made, row) : "";
    if (isOld && row.rebuiltBefore) hops.push(rebuild(at, because), plain(at, end, row));
    else hops.push(isOld ? { from: at, to: end, method: "reindex", because } : plain(at, end, row));
    if (isOld) made = elasticsearchOf(row.rebuiltBefore ? at : end);
    at = end;
  }
  return hops;
}

/** The search index is deleted and built anew, and nothing is upgraded: whatever build of the release runs. */
export function rebuild(at: string, because: string): Hop {
  return { from: release(at), to: release(at), method: "reindex", because };
}

/**
 * Whether a hop cannot go on with an index that was made by this Elasticsearch.
 * @param running the one that runs, where it is known: what a rebuild leaves is made by it
 */
export function indexTooOld(hop: Hop, made: string, running: string | null = null): boolean {
  const { from, to } = hop;
  const since = isRebuild(hop) ? (running ?? elasticsearchOf(to)) : rowOf(from, to)?.indexSince;
  return since !== undefined && compareVersions(made, since) < 0;
}

function rowOf(from: string, to: string): Row | undefined {
  const within = (version: string, [first, below]: Range) =>
    compareVersions(release(version), first) >= 0 && compareVersions(release(version), below) < 0;
  return matrix.find((row) => within(from, row.from) && within(to, row.to));
}

function plain(from: string, to: string, row: Row): Hop {
  const because =
    row.method === "downtime"
      ? "1.x and 2.x cannot run side by side"
      : release(from) === release(to)
        ? "another build of the same release"
        : "the vendor's matrix lets these releases run side by side";
  return { from, to, method: row.method, because };
}

function tooOld(made: string | null, { indexSince, rebuiltBefore }: Row): string {
  const who = made === null ? "an unknown Elasticsearch (read again by then)" : `Elasticsearch ${made}`;
  const because = `the index was made by ${who}, not ${indexSince} or later`;
  if (!rebuiltBefore) return because;
  return made !== null && compareVersions(made, "5.0.0") >= 0
    ? `${because}; the vendor asks for a new one`
    : `${because}; Elasticsearch 6 reads those of 5.x, not of 2.x, and does not start while one is present`;
}

function noPath(from: string, to: string): Refusal {
  return refuse({
    code: "path",
    what: "No documented upgrade path",
    where: `${release(from)} -> ${release(to)}`,
    seen: `Chef documents no upgrade of chef-backend from ${release(from)} to ${release(to)}`,
    next: "set `version` to a release with a path: within 1.x, 2.x or 3.x, from 0.1.0 and later to 2.x, through 2.3.16 or a later 2.x to 3.x",
  });
}

function unknownIndex(from: string, to: string): Refusal {
  return refuse({
    code: "path",
    what: "Search index version unknown",
    where: "all backends",
    seen: `Elasticsearch did not tell which release created each index; the path ${release(from)} -> ${release(to)} depends on it`,
    next: [
      "check there that `curl` is installed and that Elasticsearch itself answers, at port 9200 or `elasticsearch.port`:",
      "`curl -q --noproxy '*' 'localhost:9200/_all/_settings/index.version.created*?pretty&human'`",
    ].join("\n"),
  });
}
