import type { Disk } from "../../cluster/state";
import { jsonObject } from "../../values/jsonObject";

/** Elasticsearch's limit on a node's disk, above which it places no replica there. */
export interface Watermark {
  /** As it is set: `85%` (used), `0.85` (used), `10gb` (free). */
  readonly low: string;
  /** Where that stands, for people: "its default", "the cluster's persistent settings", … */
  readonly from: string;
}

/** The default of every release from 2.3 to 6.8 (elastic.co, disk allocator pages); nothing tells it before 5.0. */
export const defaultWatermark: Watermark = { low: "85%", from: "its default" };

const disk = "cluster.routing.allocation.disk";

/**
 * Reads the answers of `_cluster/settings?include_defaults=true` and `_nodes/_local/settings`. Releases before 5.0 ignore
 * `include_defaults`: what `elasticsearch.yml` sets is then the node's settings', the rest the documented default
 * (elastic/elasticsearch#18645).
 * @returns `off` where Elasticsearch does not look at its disks; null where it did not answer.
 */
export function parseWatermark(cluster: string, node: string): Watermark | "off" | null {
  const all = jsonObject(cluster);
  if (!all || !["transient", "persistent", "defaults"].some((part) => isObject(all[part]))) return null;
  const nodes = Object.values((jsonObject(node)?.nodes as object | undefined) ?? {}) as {
    settings?: unknown;
  }[];
  const places: [from: string, settings: ReadonlyMap<string, string>][] = [
    ["the cluster's transient settings", flat(all.transient)],
    ["the cluster's persistent settings", flat(all.persistent)],
    ["its elasticsearch.yml", flat(nodes.length === 1 ? nodes[0]!.settings : undefined)],
    [defaultWatermark.from, flat(all.defaults)],
  ];
  const find = (name: string) => places.find(([, settings]) => settings.has(`${disk}.${name}`));
  if (find("threshold_enabled")?.[1].get(`${disk}.threshold_enabled`) === "false") return "off";
  const place = find("watermark.low");
  return place ? { low: place[1].get(`${disk}.watermark.low`)!, from: place[0] } : defaultWatermark;
}

/**
 * How much must stay free below the limit, as Elasticsearch counts: by what is free to users, of the whole size.
 * @returns KiB; null for a value that cannot be understood.
 */
export function roomBelow({ low }: Watermark, sizeKiB: number): number | null {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(%|[kmgtp]?b)?$/i.exec(low.trim()) ?? [];
  if (number === undefined || sizeKiB <= 0) return null;
  if (unit !== undefined && unit !== "%")
    return (Number(number) * 1024 ** "bkmgtp".indexOf(unit[0]!.toLowerCase())) / 1024;
  const share = unit === "%" ? Number(number) / 100 : Number(number);
  return share > 1 ? null : (1 - share) * sizeKiB;
}

/** The disk that a node's data lie on, as Elasticsearch counts it itself: `_nodes/_local/stats/fs`. */
export function parseSearchDisk(stats: string): Disk | null {
  const [node] = nodesOf(stats);
  const { total, data } = (node?.fs ?? {}) as {
    total?: Record<string, unknown>;
    data?: Record<string, unknown>[];
  };
  const [size, free] = [total?.total_in_bytes, total?.available_in_bytes];
  if (typeof size !== "number" || typeof free !== "number") return null;
  const { path, mount } = data?.[0] ?? {};
  return {
    path: typeof path === "string" ? path : "",
    // `/var (/dev/sda2)`
    mount: typeof mount === "string" ? mount.replace(/ \(.*$/, "") : "its data",
    ...{ sizeKiB: Math.floor(size / 1024), availableKiB: Math.floor(free / 1024) },
  };
}

/** Where a node's own settings say that its data lie; null where they do not. */
export function dataPathOf(node: string): string | null {
  const settings = flat(nodesOf(node)[0]?.settings);
  return settings.get("path.data") ?? settings.get("path.data.0") ?? null;
}

const isObject = (value: unknown) => typeof value === "object" && value !== null;

function nodesOf(text: string): { readonly settings?: unknown; readonly fs?: unknown }[] {
  return Object.values((jsonObject(text)?.nodes as object | undefined) ?? {}) as object[];
}

/** Settings by their full names: answers are nested, flat, or have dots in nested keys. */
function flat(value: unknown, prefix = ""): Map<string, string> {
  if (typeof value !== "object" || value === null) return new Map();
  return new Map(
    Object.entries(value).flatMap(([key, inner]): [string, string][] => {
      const name = prefix === "" ? key : `${prefix}.${key}`;
      return typeof inner === "object" ? [...flat(inner, name)] : [[name, String(inner)]];
    }),
  );
}
