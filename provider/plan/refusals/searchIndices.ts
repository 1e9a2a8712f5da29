import { chefIndex, type SearchIndex } from "../../chef/cluster/searchIndices";
import type { Hop } from "../../cluster/hop";
import type { ClusterState } from "../../cluster/state";
import { crossesToThree } from "../../paths/searchIndex";
import type { Refusal } from "../refusal";
import type { UpgradeSpec } from "../spec";
import { compareVersions, parseVersion } from "../../versions/version";
import { refuse } from "./rule";

const listing = "curl 'localhost:9200/_cat/indices?h=health,status,index'";

/**
 * What else lies in Elasticsearch, before a path that deletes its data or brings it to 6.8: the vendor's page has nothing but a
 * green `chef` there ("Check for Index Health"). An index that is not the Chef server's would be lost with the data, and
 * nobody makes it anew; any index may keep the new Elasticsearch from starting.
 */
export function searchIndexRefusals(spec: UpgradeSpec, hops: readonly Hop[], state: ClusterState): Refusal[] {
  const toThree = hops.some(crossesToThree);
  if (!toThree && !hops.some(({ method }) => method === "reindex")) return [];
  const indices = state.nodes.map((node) => node.indices).find((each) => each !== null) ?? null;
  if (indices === null) return dependsOnThem(hops[0]!) ? unknownIndices(state) : [];
  const foreign = indices.filter(({ name }) => name !== chefIndex);
  const sick = indices.filter(({ health }) => health !== "green");
  return [
    ...(foreign.length > 0 ? [foreignIndices(foreign)] : []),
    ...(toThree && sick.length > 0 && !isMixed(state) ? [sickIndices(sick, spec.timeouts.healthy)] : []),
  ];
}

const dependsOnThem = (first: Hop) => first.method === "reindex" || crossesToThree(first);

/** Where nothing answers at all, that is told by its own refusal. */
function unknownIndices({ nodes }: ClusterState): Refusal[] {
  if (nodes.every(({ indexVersion }) => indexVersion === null)) return [];
  return [
    refuse({
      code: "searchIndices",
      what: "Search indices unknown",
      where: "all backends",
      seen: "no list of indices from localhost:9200; the path depends on what else is there",
      next: `check that Elasticsearch lists them: \`${listing}\``,
    }),
  ];
}

const foreignIndices = (foreign: readonly SearchIndex[]) =>
  refuse({
    code: "searchIndices",
    what: "Elasticsearch holds indices that are not Chef's",
    where: "the cluster",
    seen: `${shown(foreign)}; Chef's guide allows \`${chefIndex}\` alone, and a rebuild deletes all of them`,
    next: [
      `ask whose they are, and copy what is needed to another Elasticsearch: \`${listing}\``,
      "delete each one by its name: `curl -X DELETE localhost:9200/NAME`",
    ].join("\n"),
  });

const sickIndices = (sick: readonly SearchIndex[], healthy: number) =>
  refuse({
    code: "searchIndices",
    what: "Search indices are not green",
    where: "the cluster",
    seen: `${shown(sick)}; before 3.x Chef's guide wants every index green`,
    next: [
      `see why, and open what is closed: \`${listing}\``,
      "`curl 'localhost:9200/_cat/shards?h=index,shard,prirep,state,unassigned.reason'`",
    ].join("\n"),
    // Shards come back by themselves; a closed index is opened by a person.
    waitable: sick.every(({ open }) => open) ? healthy : 0,
  });

/** As many as a person reads at a glance. */
function shown(indices: readonly SearchIndex[]): string {
  const told = indices.slice(0, 5).map(({ name, health, open }) => {
    return `${name} (${open ? health : `${health} closed`.trim()})`;
  });
  return [...told, ...(indices.length > 5 ? [`${indices.length - 5} more`] : [])].join(", ");
}

/** One backend is there already, without a run of ours: yellow is what comes of that. */
function isMixed({ nodes }: ClusterState): boolean {
  return nodes.some(
    ({ package: { version } }) =>
      version !== null && parseVersion(version) !== null && compareVersions(version, "3.0.0") >= 0,
  );
}
