import type { Backend } from "./backend";
import { guidOf, type Objects, type SearchCluster } from "./search";
import { clusterSettings } from "./searchSettings";

interface Answer {
  readonly code: number;
  readonly body: object | string;
}

/**
 * What a running Elasticsearch answers: its root address, the cluster's settings and health, the list of indices, and settings
 * and size of the index `chef`.
 */
export function elasticsearchAnswer(search: SearchCluster, backend: Backend, path: string): Answer {
  const { elasticsearch, name } = backend;
  if (/^\/?(\?.*)?$/.test(path))
    return {
      code: 200,
      body: {
        name,
        cluster_name: "chef-backend",
        version: { number: elasticsearch, build_snapshot: false },
        tagline: "You Know, for Search",
      },
    };
  const counts = /^\/chef\/_count\b/.test(path);
  const searches = /^\/chef\/_search\b/.test(path);
  const settings = /^\/_cluster\/settings\/?(?:\?(.*))?$/.exec(path);
  const shards = /^\/_cluster\/health\/?\?level=shards$/.test(path);
  const lists = /^\/_cat\/indices\/?\?h=health,status,index$/.test(path);
  const all = /^\/_all\/_settings\b/.test(path);
  if (!settings && !counts && !searches && !shards && !lists && !path.includes("_settings"))
    return failure(404, "resource_not_found_exception", "no such resource");
  if (!backend.searching || search.colour === "red")
    return failure(503, "master_not_discovered_exception", null);
  if (shards) return { code: 200, body: clusterHealth(search) };
  if (lists) return { code: 200, body: listOf(search) };
  if (all) return { code: 200, body: createdBy(search) };
  if (settings) {
    const query = new URLSearchParams(settings[1] ?? "");
    return { code: 200, body: clusterSettings(elasticsearch, search.settings, query) };
  }
  if (!search.index) return failure(404, "index_not_found_exception", "no such index");
  const _shards = { total: 5, failed: 0 };
  const total = [...search.documents.values()].reduce((sum, each) => sum + sumOf(each), 0);
  if (counts) return { code: 200, body: { count: total, _shards } };
  if (searches) return { code: 200, body: { _shards, hits: { total, hits: [] }, ...byDatabase(search) } };
  const { chef } = createdBy(search);
  return { code: 200, body: { chef } };
}

/** `_settings/index.version.created*`, closed indices among them: the release, and its number XXYYZZ99. */
function createdBy(search: SearchCluster): Record<string, object> {
  const all = [...(search.index ? [{ name: "chef", ...search.index }] : []), ...search.foreign];
  const of = (release: string) => {
    const [major, ...rest] = release.split(".");
    const created = `${major}${rest.map((part) => part.padStart(2, "0")).join("")}99`;
    return { settings: { index: { version: { created_string: release, created } } } };
  };
  return Object.fromEntries(all.map(({ name, createdBy: release }) => [name, of(release)]));
}

/** `_cat/indices?h=health,status,index`: a closed index has blanks in the place of its health. */
function listOf(search: SearchCluster): string {
  const own = search.missing ? [] : [{ name: "chef", health: search.colour, closed: false }];
  return [...own, ...search.foreign]
    .map(
      ({ name, health, closed }) =>
        `${(closed ? "" : health).padEnd(6)} ${closed ? "close" : "open "} ${name}\n`,
    )
    .join("");
}

/** `_cluster/health?level=shards`: five shards of one replica each, the chef index's own (chef/chef-server 988). */
function clusterHealth(search: SearchCluster): object {
  const status = search.colour;
  const nodes = search.backends.filter((each) => each.searching).length;
  const away = nodes < search.backends.length;
  const [primaries, without] = [search.missing ? 0 : 5, !search.missing && (away || search.mixed) ? 1 : 0];
  const initializing_shards = !search.missing && search.recovering && without === 0 ? 1 : 0;
  const counts = (shards: number, unassigned_shards: number, initializing: number) => ({
    active_shards: 2 * shards - unassigned_shards - initializing,
    ...{ relocating_shards: 0, initializing_shards: initializing, unassigned_shards },
  });
  const shard = (at: number) => {
    const own = counts(1, at === 0 ? without : 0, at === 0 ? initializing_shards : 0);
    return { status: own.active_shards === 2 ? "green" : "yellow", primary_active: true, ...own };
  };
  const all = counts(primaries, without, initializing_shards);
  const shards = Object.fromEntries(
    Array.from({ length: primaries }, (_each, at) => [String(at), shard(at)]),
  );
  return {
    ...{ cluster_name: "chef-backend", status, timed_out: false },
    ...{ number_of_nodes: nodes, number_of_data_nodes: nodes, active_primary_shards: primaries, ...all },
    ...{ delayed_unassigned_shards: away ? without : 0, number_of_pending_tasks: 0 },
    ...{ number_of_in_flight_fetch: 0, task_max_waiting_in_queue_millis: 0 },
    active_shards_percent_as_number: primaries === 0 ? 100 : (100 * all.active_shards) / (2 * primaries),
    indices: search.missing
      ? {}
      : {
          chef: {
            ...{ status, number_of_shards: primaries, number_of_replicas: 1 },
            ...{ active_primary_shards: primaries, ...all, shards },
          },
        },
  };
}

function failure(status: number, type: string, reason: string | null) {
  const cause = { type, reason };
  return { code: status, body: { error: { root_cause: [cause], ...cause }, status } };
}

/** `terms` of the field that names an organization's database, and within each of the one that names the kind. */
function byDatabase({ documents }: SearchCluster) {
  const terms = (buckets: object[]) => ({ doc_count_error_upper_bound: 0, sum_other_doc_count: 0, buckets });
  const databases = [...documents].map(([name, kinds]) => ({
    ...{ key: `chef_${guidOf(name)}`, doc_count: sumOf(kinds) },
    kinds: terms(Object.entries(kinds).map(([key, doc_count]) => ({ key, doc_count }))),
  }));
  return { aggregations: { databases: terms(databases) } };
}

const sumOf = (kinds: Partial<Objects>) => Object.values(kinds).reduce((sum, each) => sum + each, 0);
