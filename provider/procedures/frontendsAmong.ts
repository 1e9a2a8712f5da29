import type { Hop } from "../cluster/hop";
import type { ClusterState } from "../cluster/state";
import { elasticsearchOf } from "../paths/backendPaths";
import { jumpsStone, frontendStone } from "../paths/frontendPaths";
import { firstWith, knownText, oldestFrontend, worksWith } from "../paths/frontendSearch";
import { mixesElasticsearch } from "../paths/searchIndex";
import { lowestFrontend } from "../plan/frontendView";
import type { Refusal } from "../plan/plan";
import { refuse } from "../plan/refusal";
import type { UpgradeSpec } from "../plan/spec";
import { parseVersion, release } from "../versions/version";
import { newestSearch } from "./rebuildIndex";

// Where the upgrade of the frontends belongs among the hops of the backends: `chef-server-ctl reconfigure` raises on an
// Elasticsearch that its release does not know, and a frontend that cannot be reconfigured cannot be upgraded or reindex.

export const isOfBackends = ({ method }: Hop) => method !== "frontends" && method !== "cleanup";

/** Frontends are reconfigured in it, or meet another major release of Elasticsearch after it. */
const asksFrontends = (hop: Hop) =>
  isOfBackends(hop) && (hop.method !== "rolling" || mixesElasticsearch(hop));

/** Whether frontends of this release can do all that a hop asks of them. */
const fits = (frontend: string, hop: Hop) =>
  !asksFrontends(hop) || worksWith(frontend, elasticsearchOf(hop.to));

/**
 * The hops with that of the frontends in its place: before the `last` ones, unless their present release does not work with
 * the Elasticsearch that a hop brings, and the new one does. Then it comes before that hop.
 * @param begun what an earlier run has begun is finished first
 */
export function withFrontends(
  hops: readonly Hop[],
  frontends: Hop | null,
  last: readonly Hop[],
  begun: (hop: Hop) => boolean,
): Hop[] {
  if (frontends === null) return [...hops, ...last];
  const ahead = [...hops, ...last].filter((hop) => !begun(hop));
  const next = hops.findIndex((hop) => !begun(hop) && !fits(frontends.from, hop));
  if (next < 0 || !ahead.every((hop) => fits(frontends.to, hop))) return [...hops, frontends, ...last];
  const { to } = hops[next]!;
  const because = `${knownText(frontends.from)}, and chef-backend ${release(to)} brings ${elasticsearchOf(to)}`;
  return [...hops.slice(0, next), { ...frontends, because }, ...hops.slice(next), ...last];
}

/** The first hop at whose turn the frontends do not work with the backends' Elasticsearch, with the way out. */
export function misfits(state: ClusterState, hops: readonly Hop[], begun: (hop: Hop) => boolean): Refusal[] {
  let frontend = lowestFrontend(state);
  if (frontend === null) return [];
  let runs = newestSearch(state);
  for (const hop of hops) {
    if (hop.method === "frontends") {
      if (runs !== null && !worksWith(hop.to, runs)) return [wrongTarget(hop, runs)];
      frontend = hop.to;
    } else if (isOfBackends(hop)) {
      if (!begun(hop) && !fits(frontend, hop)) return [tooOld(state, hop, frontend)];
      runs = elasticsearchOf(hop.to);
    }
  }
  return [];
}

function tooOld(state: ClusterState, hop: Hop, frontend: string): Refusal {
  const brought = elasticsearchOf(hop.to);
  const first = firstWith(brought)!;
  const then = `set \`frontends.version\` to ${first} or later: the frontends are then upgraded before the backends`;
  return refuse({
    code: "frontendPath",
    what: "Elasticsearch too new for frontends",
    where: state.frontends
      .filter(
        ({ package: { version } }) =>
          version !== null && parseVersion(version) && !worksWith(version, brought),
      )
      .map(({ name }) => name),
    seen: `${knownText(frontend)}; chef-backend ${release(hop.to)} brings ${brought}, against which \`chef-server-ctl reconfigure\` would fail`,
    next: jumpsStone(frontend, first)
      ? `set \`version\` to ${release(hop.from)} and \`frontends.version\` to ${frontendStone}, and run \`pulumi up\`\nthen set \`version\` again, and ${then}`
      : then,
  });
}

function wrongTarget({ from, to }: Hop, runs: string): Refusal {
  const first = firstWith(runs);
  return refuse({
    code: "frontendPath",
    what: "Elasticsearch too new for frontends",
    where: "input `frontends.version`",
    seen: `${knownText(to)}; the backends run ${runs}, against which \`chef-server-ctl upgrade\` would fail`,
    next:
      first === undefined || jumpsStone(from, first)
        ? `ask Chef's support: from ${release(from)} the path leads through ${frontendStone}, which does not work with these backends`
        : `set \`frontends.version\` to ${first} or later`,
  });
}

/** Frontends that nobody can tell whether they are new enough are no reason to refuse a hop: a guess never blocks. */
export function unknownFrontends(spec: UpgradeSpec, state: ClusterState, hops: readonly Hop[]): string[] {
  const next = hops.find((hop) => !fits(oldestFrontend, hop) && mixesElasticsearch(hop));
  if (next === undefined) return [];
  const brought = elasticsearchOf(next.to);
  const unread = state.frontends.filter(({ package: { version } }) => !version || !parseVersion(version));
  const which =
    spec.frontends === null
      ? "`frontends` is not set"
      : unread.length > 0 && `the release of ${unread.map(({ name }) => name).join(", ")} is unknown`;
  if (which === false) return [];
  return [
    `${which}: check that no frontend is older than chef-server-core ${firstWith(brought)}. An older one cannot be reconfigured against Elasticsearch ${brought}, which chef-backend ${release(next.to)} brings`,
  ];
}
