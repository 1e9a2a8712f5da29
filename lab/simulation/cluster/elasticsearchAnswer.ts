import type { Backend } from "./backend";
import type { SearchCluster } from "./search";
import { clusterSettings } from "./searchSettings";

/** What a running Elasticsearch answers: its root address, the cluster's settings, settings and size of the index `chef`. */
export function elasticsearchAnswer(search: SearchCluster, backend: Backend, path: string) {
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
  if (!settings && !counts && !searches && !path.includes("_settings"))
    return failure(404, "resource_not_found_exception", "no such resource");
  if (backend.cannotOpenIndex) return failure(503, "master_not_discovered_exception", null);
  if (settings) {
    const query = new URLSearchParams(settings[1] ?? "");
    return { code: 200, body: clusterSettings(elasticsearch, search.settings, query) };
  }
  if (!search.index) return failure(404, "index_not_found_exception", "no such index");
  const _shards = { total: 5, failed: 0 };
  const total = [...search.documents.values()].reduce((sum, each) => sum + each, 0);
  if (counts) return { code: 200, body: { count: total, _shards } };
  if (searches) return { code: 200, body: { _shards, hits: { total, hits: [] }, ...byDatabase(search) } };
  const created_string = search.index.createdBy;
  return { code: 200, body: { chef: { settings: { index: { version: { created_string } } } } } };
}

function failure(status: number, type: string, reason: string | null) {
  const cause = { type, reason };
  return { code: status, body: { error: { root_cause: [cause], ...cause }, status } };
}

/** `terms` of the field that names an organization's database. */
function byDatabase({ documents }: SearchCluster) {
  const buckets = [...documents].map(([name, doc_count]) => ({ key: `chef_${name}`, doc_count }));
  return { aggregations: { databases: { doc_count_error_upper_bound: 0, sum_other_doc_count: 0, buckets } } };
}
