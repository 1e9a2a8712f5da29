import {
  dataPathOf,
  roomBelow,
  parseSearchDisk,
  parseWatermark,
} from "../../../provider/chef/cluster/watermark";

const disk = (settings: object) => ({ cluster: { routing: { allocation: { disk: settings } } } });
const json = (value: object) => JSON.stringify(value);
const low = (value: string) => disk({ watermark: { low: value } });

test.each([
  [
    "transient before persistent",
    { transient: low("70%"), persistent: low("75%") },
    {},
    "70%",
    "the cluster's transient settings",
  ],
  [
    "persistent before a default",
    { persistent: low("75%"), defaults: low("85%") },
    {},
    "75%",
    "the cluster's persistent settings",
  ],
  [
    "what the node's own file says",
    { persistent: {} },
    { nodes: { x: { settings: low("10gb") } } },
    "10gb",
    "its elasticsearch.yml",
  ],
  ["the default that it tells", { defaults: low("85%") }, {}, "85%", "its default"],
  [
    "the documented default, where nothing tells it",
    { persistent: {}, transient: {} },
    {},
    "85%",
    "its default",
  ],
  [
    "flat names",
    { transient: { "cluster.routing.allocation.disk.watermark.low": "60%" } },
    {},
    "60%",
    "the cluster's transient settings",
  ],
])("%s", (_what, cluster, node, value, from) => {
  expect(parseWatermark(json(cluster), json(node))).toEqual({ low: value, from });
});

test.each([
  "",
  "Unauthorized",
  '{"error":{"type":"master_not_discovered_exception"},"status":503}',
  "{}",
  '{"status":"ok"}',
  '{"persistent":"<html>"}',
  "null",
  "7",
])("no answer: %j", (text) => expect(parseWatermark(text, "{}")).toBeNull());

test("switched off", () => {
  expect(parseWatermark(json({ persistent: disk({ threshold_enabled: "false" }) }), "")).toBe("off");
});

const gib = 1024 * 1024;
test.each<[string, number, number | null]>([
  ["85%", 100 * gib, 15 * gib],
  ["0.85", 100 * gib, 15 * gib],
  ["10gb", 100 * gib, 10 * gib],
  ["10GB", 100 * gib, 10 * gib],
  ["512mb", 100 * gib, gib / 2],
  ["1024b", 100 * gib, 1],
  ["plenty", 100, null],
  ["85", 100, null],
  ["85%", 0, null],
])("below %s of %d KiB so much must stay free: %s", (low, size, free) => {
  const found = roomBelow({ low, from: "" }, size);
  if (free === null) expect(found).toBeNull();
  else expect(found).toBeCloseTo(free, 3);
});

test("the disk as Elasticsearch counts it, and where its data lie", () => {
  const stats = (data: object[]) =>
    json({ nodes: { x: { fs: { total: { total_in_bytes: 4096, available_in_bytes: 1024 }, data } } } });
  expect(parseSearchDisk(stats([{ path: "/srv/es/nodes/0", mount: "/srv (/dev/sdb1)" }]))).toEqual({
    ...{ path: "/srv/es/nodes/0", mount: "/srv", sizeKiB: 4, availableKiB: 1 },
  });
  expect(parseSearchDisk(stats([]))).toMatchObject({ mount: "its data", sizeKiB: 4 });
  expect([
    parseSearchDisk(""),
    parseSearchDisk('{"error":{}}'),
    parseSearchDisk('{"nodes":{"x":{}}}'),
  ]).toEqual([null, null, null]);
  expect(dataPathOf(json({ nodes: { x: { settings: { path: { data: "/srv/es" } } } } }))).toBe("/srv/es");
  expect(dataPathOf(json({ nodes: { x: { settings: { path: { data: ["/srv/es"] } } } } }))).toBe("/srv/es");
  expect(dataPathOf("{}")).toBeNull();
});
