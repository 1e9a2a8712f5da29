import { parseShardHealth, type ShardHealth, unsettled } from "../../../provider/chef/cluster/searchHealth";
import { settledShards } from "../../support/aCluster";

const yellow: ShardHealth = { ...settledShards(3), status: "yellow", unassigned: 1 };

test("settled: every node, nothing on its way, replicas alone unassigned", () => {
  expect(unsettled(yellow, 3)).toBeNull();
  expect(unsettled(settledShards(3), 3)).toBeNull();
});

test.each<[string, ShardHealth | null, RegExp]>([
  ["no answer", null, /does not tell/],
  ["a node is missing", { ...yellow, nodes: 2 }, /2 of 3 nodes/],
  ["one node too many", { ...yellow, nodes: 4 }, /4 of 3 nodes/],
  ["red", { ...yellow, status: "red" }, /is red/],
  ["a word that nobody knows", { ...yellow, status: "blue" }, /is blue/],
  ["a primary is not active", { ...yellow, primariesActive: false }, /primary/],
  ["initializing", { ...yellow, initializing: 1 }, /1 shards are initializing/],
  ["relocating", { ...yellow, relocating: 2 }, /2 relocating/],
  ["delayed", { ...yellow, delayed: 1 }, /1 still to be placed/],
])("not settled: %s", (_what, health, why) => expect(unsettled(health, 3)).toMatch(why));

test.each([
  ["without its shards", '{"status":"yellow","number_of_data_nodes":3}'],
  ["of a cluster without a master", '{"error":{},"status":503}'],
  ["a proxy's page", "<html></html>"],
])("an answer %s is none", (_what, text) => expect(parseShardHealth(text)).toBeNull());
