import { isSince } from "../version";
import { filterPath } from "./filterPath";

type Settings = Record<string, string>;

/** What was set by hand for all nodes, by flat names such as `cluster.routing.allocation.disk.watermark.low`. */
export interface SetSettings {
  persistent: Settings;
  transient: Settings;
}

const disk = "cluster.routing.allocation.disk";

/** Elasticsearch's own values of what this lab knows of; the flood stage came with 6.0 (elastic/elasticsearch 25541). */
function defaultsOf(elasticsearch: string): Settings {
  return {
    [`${disk}.include_relocations`]: "true",
    [`${disk}.reroute_interval`]: "60s",
    [`${disk}.threshold_enabled`]: "true",
    ...(isSince(elasticsearch, "6.0.0") ? { [`${disk}.watermark.flood_stage`]: "95%" } : {}),
    [`${disk}.watermark.high`]: "90%",
    [`${disk}.watermark.low`]: "85%",
  };
}

/**
 * `GET /_cluster/settings`: what was set, and since 5.0 with `include_defaults` everything else too. Before that the
 * parameter is not known and, as any unknown one then, ignored (elastic/elasticsearch issues 18645 and 18724).
 */
export function clusterSettings(elasticsearch: string, set: SetSettings, query: URLSearchParams): object {
  const on = (name: string) => query.has(name) && query.get(name) !== "false";
  const { persistent, transient } = set;
  const own = Object.entries(defaultsOf(elasticsearch)).filter(
    ([name]) => !(name in persistent || name in transient),
  );
  const defaults = isSince(elasticsearch, "5.0.0") && on("include_defaults");
  const answer = { persistent, transient, ...(defaults ? { defaults: Object.fromEntries(own) } : {}) };
  const groups = Object.entries(answer).map(([group, flat]) => [
    group,
    on("flat_settings") ? flat : nested(flat),
  ]);
  const whole = Object.fromEntries(groups) as object;
  const paths = query.get("filter_path");
  return paths ? filterPath(whole, paths) : whole;
}

function nested(flat: Settings): object {
  const tree: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(flat)) {
    const words = name.split(".");
    const last = words.pop()!;
    let at = tree;
    for (const word of words) at = (at[word] ??= {}) as Record<string, unknown>;
    at[last] = value;
  }
  return tree;
}
