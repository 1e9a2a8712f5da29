import type { Hop } from "../../provider/cluster/hop";
import type { RunRecord } from "../../provider/cluster/record";
import { closedFrontends, indexIsIncomplete, progressOf, sameHop } from "../../provider/plan/progress";
import { threeBackends } from "../support/aCluster";

const hop: Hop = { from: "2.1.0-1", to: "3.1.1", method: "reindex", because: "the index is too old" };

function record(change: Partial<RunRecord>): RunRecord {
  return threeBackends()
    .record({ hop, ...change })
    .state().nodes[0]!.record!;
}

describe("progress of a hop", () => {
  const under = {
    begun: ["backend-1/stop-search", "backend-2/stop-search"],
    done: ["backend-1/stop-search"],
  };

  test("what was begun and done stands in the record of that hop", () => {
    const progress = progressOf(record(under), hop);
    const answers = ["backend-1", "backend-2", "backend-3"].map((name) => [
      progress.begun(`${name}/stop-search`),
      progress.done(`${name}/stop-search`),
    ]);
    expect(answers).toEqual([
      [true, true],
      [true, false],
      [false, false],
    ]);
  });

  test("a kind of step is told by the whole end of an id", () => {
    const { anyBegun } = progressOf(record({ begun: ["backend-1/stop-search"] }), hop);
    expect([anyBegun("stop-search"), anyBegun("search"), anyBegun("stop"), anyBegun("delete-index")]).toEqual(
      [true, false, false, false],
    );
  });

  test.each<[string, RunRecord | null, Hop]>([
    ["there is no record", null, hop],
    ["the run has finished", record({ ...under, finished: true }), hop],
    ["the record is from before there were hops", record({ ...under, hop: null }), hop],
    ["another version is wanted", record(under), { ...hop, to: "3.2.0" }],
    ["another method is used", record(under), { ...hop, method: "rolling" }],
  ])("nothing is begun or done where %s", (_what, of, now) => {
    const progress = progressOf(of, now);
    for (const id of [...under.begun, ...under.done])
      expect([progress.begun(id), progress.done(id)]).toEqual([false, false]);
    expect(progress.anyBegun("stop-search")).toBe(false);
  });

  test("a hop that was begun from another version is the same one", () => {
    expect(
      progressOf(record(under), { ...hop, from: "2.3.16-1", because: "?" }).anyBegun("stop-search"),
    ).toBe(true);
    expect(sameHop(hop, { ...hop, from: "2.3.16-1", because: "" })).toBe(true);
    expect(sameHop(hop, { ...hop, to: "3.1.0" })).toBe(false);
    expect(sameHop(hop, { ...hop, method: "downtime" })).toBe(false);
  });
});

describe("frontends that we have closed", () => {
  const closed = (begun: string[], done: string[] = [], change: Partial<RunRecord> = {}) =>
    closedFrontends(record({ begun, done, ...change }));
  const one = "frontend-1/close";
  const two = "frontend-2/close";

  test("from the beginning of the close until the end of the open", () => {
    expect(closed([])).toEqual([]);
    expect(closed([one, two])).toEqual(["frontend-1", "frontend-2"]);
    expect(closed([one, two], [one])).toEqual(["frontend-1", "frontend-2"]);
    expect(closed([one, two, "frontend-1/open"], [one, two])).toEqual(["frontend-1", "frontend-2"]);
    expect(closed([one, two, "frontend-1/open"], [one, two, "frontend-1/open"])).toEqual(["frontend-2"]);
  });

  test("a name may have whatever names have", () => {
    expect(closed(["chef.example.com/close", "a/close/close"])).toEqual(["chef.example.com", "a/close"]);
    expect(closed(["frontend-close", "frontend-1/reclose"])).toEqual([]);
  });

  test("none without a record, nor after the run has finished", () => {
    expect(closedFrontends(null)).toEqual([]);
    expect(closed([one], [], { finished: true })).toEqual([]);
  });
});

describe("an incomplete index", () => {
  const incomplete = (begun: string[], done: string[] = [], change: Partial<RunRecord> = {}) =>
    indexIsIncomplete(record({ begun, done, ...change }));
  const deletion = "backend-1/delete-index";

  test.each<[string, boolean, boolean]>([
    ["nothing is deleted yet", incomplete(["frontend-1/close", "backend-1/stop-search"]), false],
    ["a deletion has begun", incomplete([deletion]), true],
    ["it is deleted everywhere", incomplete([deletion], [deletion]), true],
    ["a test organization is indexed", incomplete([deletion], [deletion, "cluster/reindex-test"]), true],
    ["the reindex is under way", incomplete([deletion, "cluster/reindex"], [deletion]), true],
    ["all of it is indexed", incomplete([deletion, "cluster/reindex"], [deletion, "cluster/reindex"]), false],
    ["the run has finished", incomplete([deletion], [deletion], { finished: true }), false],
    ["there is no record", indexIsIncomplete(null), false],
  ])("%s: %s", (_what, is, expected) => expect(is).toBe(expected));
});
