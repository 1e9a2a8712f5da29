import { placesOf } from "../../chef/cluster/places";
import { chefIndex, type SearchIndex } from "../../chef/cluster/searchIndices";
import type { Hop } from "../../cluster/hop";
import type { ClusterState, NodeState } from "../../cluster/state";
import { crossesToThree } from "../../paths/searchIndex";
import type { Refusal } from "../refusal";
import type { UpgradeSpec } from "../spec";
import { compareVersions, parseVersion } from "../../versions/version";
import { refuse } from "./rule";

/** What a person types to ask a backend's own Elasticsearch: no proxy and no `.curlrc` answers in its place. */
const typed = (address: string, path: string, ...options: readonly string[]) =>
  ["curl -q --noproxy '*'", ...options, `'${address}${path}'`].join(" ");
const listing = (address: string) => typed(address, "_cat/indices?h=health,status,index");

/**
 * What else lies in Elasticsearch, before a path that deletes its data or brings it to 6.8: the vendor's page has nothing but a
 * green `chef` there ("Check for Index Health"). An index that is not the Chef server's would be lost with the data, and
 * nobody makes it anew; any index may keep the new Elasticsearch from starting.
 */
export function searchIndexRefusals(spec: UpgradeSpec, hops: readonly Hop[], state: ClusterState): Refusal[] {
  const toThree = hops.some(crossesToThree);
  if (!toThree && !hops.some(({ method }) => method === "reindex")) return [];
  const teller = state.nodes.find((node) => node.indices !== null);
  const indices = teller?.indices ?? null;
  if (!teller || indices === null) return dependsOnThem(hops[0]!) ? unknownIndices(state) : [];
  const rebuilds = hops.some(({ method }) => method === "reindex");
  const foreign = indices.filter(({ name }) => name !== chefIndex);
  const sick = indices.filter(({ name, health }) => name === chefIndex && health !== "green");
  return [
    ...(foreign.length > 0 ? [foreignIndices(teller, foreign, rebuilds)] : []),
    ...(toThree && sick.length > 0 && !isMixed(state)
      ? [sickIndices(teller, sick, spec.timeouts.healthy)]
      : []),
  ];
}

const dependsOnThem = (first: Hop) => first.method === "reindex" || crossesToThree(first);

/** Where nothing answers at all, that is told by its own refusal. */
function unknownIndices({ nodes }: ClusterState): Refusal[] {
  const teller = nodes.find(({ indexVersion }) => indexVersion !== null);
  if (!teller) return [];
  const address = addressOf(teller);
  return [
    refuse({
      code: "searchIndices",
      what: "Search indices unknown",
      where: "all backends",
      seen: `no list of indices from ${address}; the path depends on what else is there`,
      next: `on ${teller.name}, check that Elasticsearch lists them: \`${listing(address)}\``,
    }),
  ];
}

const addressOf = ({ config }: NodeState) => placesOf(config).search.replace(/^http:\/\//, "");

function foreignIndices(teller: NodeState, foreign: readonly SearchIndex[], rebuilds: boolean): Refusal {
  const address = addressOf(teller);
  const lost = rebuilds ? "; the rebuild would delete them" : "";
  return refuse({
    code: "searchIndices",
    what: "Elasticsearch holds indices that are not Chef's",
    where: "the cluster",
    seen: `${shown(foreign)}; Chef's guide allows \`${chefIndex}\` alone${lost}`,
    next: [
      `on ${teller.name}, find out whose they are, and copy what is needed to another Elasticsearch: \`${listing(address)}\``,
      ...foreign
        .slice(0, most)
        .map(({ name }) => `then delete it there, for good: \`${typed(address, name, "-X DELETE")}\``),
    ].join("\n"),
  });
}

function sickIndices(teller: NodeState, sick: readonly SearchIndex[], healthy: number): Refusal {
  const address = addressOf(teller);
  return refuse({
    code: "searchIndices",
    what: "Search indices are not green",
    where: "the cluster",
    seen: `${shown(sick)}; before 3.x Chef's guide wants every index green`,
    next: [
      `on ${teller.name}, see why, and open what is closed: \`${listing(address)}\``,
      `\`${typed(address, "_cat/shards?h=index,shard,prirep,state,unassigned.reason")}\``,
    ].join("\n"),
    // Shards come back by themselves; a closed index is opened by a person.
    waitable: sick.every(({ open }) => open) ? healthy : 0,
  });
}

/** As many as a person reads at a glance. */
const most = 5;

function shown(indices: readonly SearchIndex[]): string {
  const told = indices.slice(0, most).map(({ name, health, open }) => {
    return `${name} (${open ? health : `${health} closed`.trim()})`;
  });
  return [...told, ...(indices.length > most ? [`${indices.length - most} more`] : [])].join(", ");
}

/** One backend is there already, without a run of ours: yellow is what comes of that. */
function isMixed({ nodes }: ClusterState): boolean {
  return nodes.some(
    ({ package: { version } }) =>
      version !== null && parseVersion(version) !== null && compareVersions(version, "3.0.0") >= 0,
  );
}
