import { failoverReading, failoverState } from "../../provider/cluster/failover";
import { newestRecord, parseRecord, type RunRecord } from "../../provider/cluster/record";
import type { ClusterRow, ClusterState } from "../../provider/cluster/state";
import { threeBackends } from "../support/aCluster";

/** The columns beyond the documented ones, one object for each row. */
function columns(...extra: Record<string, string>[]): ClusterState {
  const cluster = threeBackends();
  const rows = (cluster.state().nodes[0]!.clusterStatus as ClusterRow[]).map((row, index) => ({
    ...row,
    extra: extra[index] ?? extra[0]!,
  }));
  for (const name of ["backend-1", "backend-2", "backend-3"]) cluster.with(name, { clusterStatus: rows });
  return cluster.state();
}

test.each<[string, ClusterState, string]>([
  ["all blocked", columns({ blocked: "blocked" }), "off"],
  ["all blocked, in other words", columns({ "blocked?": "true" }), "off"],
  ["none blocked", columns({ blocked: "not_blocked" }), "on"],
  ["none blocked, in other words", columns({ blocked: "No" }), "on"],
  ["one blocked (set-node-failover)", columns({ blocked: "blocked" }, { blocked: "not_blocked" }), "unknown"],
  ["a word that we do not know", columns({ blocked: "perhaps" }), "unknown"],
  ["an empty cell", columns({ blocked: "" }), "unknown"],
  ["no such column", columns({ eligible: "true" }), "unknown"],
])("what cluster-status says of failover: %s", (_what, state, reading) =>
  expect(failoverReading(state)).toBe(reading),
);

test("no table says nothing", () => {
  const state = threeBackends().missing("backend-1").missing("backend-2").missing("backend-3").state();
  expect(failoverReading(state)).toBe("unknown");
});

test.each<[string, ClusterState, string]>([
  ["the record, where the cluster is silent", threeBackends().record({ failover: "off" }).state(), "off"],
  ["on for the leader is on", threeBackends().record({ failover: "on-for-leader" }).state(), "on"],
  ["the cluster's word before the record's", threeBackends().record().failoverShown("on").state(), "on"],
  ["no word and no record", threeBackends().state(), "unknown"],
])("what is known of failover: %s", (_what, state, known) => expect(failoverState(state)).toBe(known));

describe("the run record", () => {
  const record: RunRecord = {
    ...{ seq: 2, run: "r", from: "2.1.0-1", to: "2.3.16", leaderAtStart: "b", failover: "off" },
    ...{ inside: null, insideGuid: null, finished: false },
    hop: { from: "2.1.0-1", to: "2.3.16", method: "rolling", because: "they run side by side" },
    ...{ begun: ["backend-2/install"], done: [], cleanedUp: "15.9.38", times: { install: 12.5 } },
  };

  test("of several nodes' records the highest counts, the first of equals", () => {
    const newer = { ...record, seq: 10 };
    expect(newestRecord([null, record, newer, { ...record, seq: 9 }])).toBe(newer);
    expect(newestRecord([record, { ...record }])).toBe(record);
    expect(newestRecord([null, null])).toBeNull();
    expect(newestRecord([])).toBeNull();
  });

  test.each(["", "{", "null", "7", '"text"', "[]", "{}", '{"seq":"1","run":"r"}', '{"seq":1}'])(
    "%j is none of ours",
    (text) => expect(parseRecord(text)).toBeNull(),
  );

  test("it survives being written down", () => {
    expect(parseRecord(`${JSON.stringify(record)}\n`)).toEqual(record);
  });

  test("of a release that knew rolling updates only: what it did not know of is none", () => {
    const { hop: _hop, begun: _begun, done: _done, cleanedUp: _cleanedUp, times: _times, ...old } = record;
    expect(parseRecord(JSON.stringify(old))).toEqual({
      ...old,
      ...{ hop: null, begun: [], done: [], cleanedUp: null, times: {} },
    });
  });
});
