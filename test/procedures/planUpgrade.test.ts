import type { Hop } from "../../provider/cluster/hop";
import type { Plan } from "../../provider/plan/plan";
import type { PackageSource, UpgradeSpec } from "../../provider/plan/spec";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import { aFrontends, aSpec, type ClusterBuilder, frozen, goodFile, threeBackends } from "../support/aCluster";
import { said } from "../support/said";

const names = ["backend-1", "backend-2", "backend-3"];
const source: PackageSource = { path: goodFile.path, staging: null, stagedKiB: 0 };
const packages = { "2.3.16": source, "3.1.1": source };

function cluster(version: string, index: string | null, search = index): ClusterBuilder {
  const built = threeBackends().at(version).indexMadeBy(index).searchRuns(search);
  for (const name of names) built.packageFile(name, {}, "3.1.1");
  return built.frontend("frontend-1").frontend("frontend-2");
}

function plan(state: ClusterBuilder, change: Partial<UpgradeSpec> = {}): Plan {
  const version = change.version ?? "3.1.1";
  const spec = aSpec({ version, allowDowntime: version, packages, frontends: aFrontends(), ...change });
  return planUpgrade(frozen(spec), frozen(state.state()));
}
const hops = (result: Plan) => result.hops.map((hop) => `${hop.from} ${hop.method} ${hop.to}`);
const texts = (result: Plan) =>
  result.refusals.map((each) => `${each.code}: ${said(each)}. ${each.next}`).join("\n");

/** An index that is too old for 3.x is rebuilt where it is, and the nodes are rolled then. */
const rebuilt = ["2.3.16 reindex 2.3.16", "2.3.16 rolling 3.1.1"];

describe("the way", () => {
  test.each([
    ["1.4.40", "2.3.1", "3.1.1", ["1.4.40-1 downtime 2.3.16", ...rebuilt]],
    ["1.4.40", null, "3.1.1", ["1.4.40-1 downtime 2.3.16", ...rebuilt]],
    ["2.0.30", "2.3.1", "3.1.1", ["2.0.30-1 reindex 2.3.16", "2.3.16 rolling 3.1.1"]],
    ["2.0.30", "5.4.1", "3.1.1", ["2.0.30-1 rolling 2.3.16", ...rebuilt]],
    ["2.3.16", "5.6.16", "3.1.1", ["2.3.16-1 rolling 3.1.1"]],
    ["2.1.0", "5.4.1", "2.3.16", ["2.1.0-1 rolling 2.3.16"]],
    ["3.0.0", "5.4.1", "3.1.1", ["3.0.0-1 rolling 3.1.1"]],
    ["3.1.1", "5.4.1", "3.1.1", []],
  ])("%s with an index of %s to %s", (version, index, to, way) => {
    const result = plan(cluster(version, index), { version: to });
    expect(hops(result)).toEqual(way);
    expect(result.refusals).toEqual([]);
  });

  test("installed by hand, never upgraded: from where the running Elasticsearch says", () => {
    const byHand = (installed: string, index: string) => {
      const built = cluster(installed, index);
      for (const name of names) built.installedOnly(name, installed);
      return built;
    };
    expect(hops(plan(byHand("3.1.1", "5.6.16")))).toEqual(["2.1.0 rolling 3.1.1"]);
    expect(hops(plan(byHand("3.1.1", "5.4.1")))).toEqual(["2.0.0 rolling 2.3.16", ...rebuilt]);
    const major = plan(byHand("2.3.16", "2.3.1"), { version: "2.3.16" });
    expect(hops(major)).toEqual(["0.1.0 downtime 2.3.16"]);
    expect(major.refusals).toEqual([]);
  });

  test("everything is upgraded, and a rolling update still owes failover: its rest is the way, and says why", () => {
    const built = cluster("3.1.1", "6.8.23");
    for (const name of names) built.upgraded(name, "3.1.1");
    const hop: Hop = { from: "2.3.16-1", to: "3.1.1", method: "rolling", because: "" };
    expect(plan(built.record({ hop, to: "3.1.1" })).hops).toEqual([
      expect.objectContaining({
        method: "rolling",
        because: expect.stringMatching(/^begun and not finished/),
      }),
    ]);
  });

  test("the lowest backend counts", () => {
    const built = cluster("2.0.30", "5.4.1").upgraded("backend-2", "2.3.16").upgraded("backend-3", "2.3.16");
    expect(hops(plan(built))).toEqual(["2.0.30-1 rolling 2.3.16", ...rebuilt]);
  });
});

describe("what later parts need is looked at before the first one begins", () => {
  test.each(["2.3.16", "3.1.1"] as const)("the package of %s is missing: named", (missing) => {
    const { [missing]: _missing, ...rest } = packages;
    expect(texts(plan(cluster("1.4.40", "2.3.1"), { packages: rest as typeof packages }))).toContain(
      `packageFiles["${missing}"]`,
    );
  });

  test("a bad package of the later part, with its node", () => {
    const bad = cluster("1.4.40", "2.3.1").packageFile("backend-3", { problem: "it is empty" }, "3.1.1");
    expect(texts(plan(bad))).toMatch(/^packageFile: backend-3: .*it is empty/);
  });

  test("a link in the later part's way", () => {
    const link = cluster("1.4.40", "2.3.1").with("backend-2", { dataFolder: "/mnt/es" });
    expect(texts(plan(link))).toMatch(/dataFolder: backend-2: .*\/mnt\/es/);
  });

  test("no frontends, where only a later part acts on them", () => {
    expect(texts(plan(cluster("2.0.30", "5.4.1"), { frontends: null }))).toMatch(
      /^frontends: input `frontends`: Frontends missing: not set/,
    );
  });

  test.each([
    [
      null,
      /not set.*1\.4\.40 -> 2\.3\.16 .*search index on 2\.3\.16 .*while the search index is rebuilt.*set `allowDowntime: "3\.1\.1"`/,
    ],
    ["2.3.16", /`allowDowntime` is 2\.3\.16, another version.*set `allowDowntime: "3\.1\.1"`/],
  ])("consent names the target, not a stop on the way (%s)", (allowDowntime, text) => {
    expect(texts(plan(cluster("1.4.40", "2.3.1"), { allowDowntime }))).toMatch(text);
  });

  test("how long it was down the last time, where that is known", () => {
    const times = Object.fromEntries(
      ["install", "upgrade", "rejoin", "stop-search", "delete-index", "start-search", "reindex"].map(
        (kind) => [kind, 60],
      ),
    );
    const finished = { finished: true, failover: "on", times } as const;
    expect(texts(plan(cluster("2.0.30", "2.3.1").record(finished), { allowDowntime: null }))).toMatch(
      /about 19 min 0 s/,
    );
    // Where nothing is upgraded meanwhile, that is no part of it.
    expect(texts(plan(cluster("2.3.16", "5.4.1").record(finished), { allowDowntime: null }))).toMatch(
      /about 10 min 0 s/,
    );
    const unknown = cluster("2.3.16", "5.4.1").record({
      finished: true,
      failover: "on",
      times: { install: 60 },
    });
    expect(texts(plan(unknown, { allowDowntime: null }))).not.toMatch(/about \d+ min \d+ s/);
  });
});

describe("an unfinished part, and something else is asked for", () => {
  const hop = (method: Hop["method"], from: string, to: string): Hop => ({ from, to, method, because: "" });
  const closed = ["frontend-1/close", "frontend-2/close"];
  const reindexing = hop("reindex", "2.3.16-1", "3.1.1");
  const upgraded = () => {
    const built = cluster("3.1.1", null, "6.8.23");
    for (const name of names) built.upgraded(name, "3.1.1");
    return built;
  };
  const incomplete = () =>
    upgraded().record({ hop: reindexing, begun: [...closed, "backend-1/delete-index"], done: closed });

  test("a higher version: the index first, then on", () => {
    const result = plan(incomplete(), { version: "3.2.0", packages: { ...packages, "3.2.0": source } });
    expect(hops(result)).toEqual(["2.3.16-1 reindex 3.1.1", "3.1.1 rolling 3.2.0"]);
    expect(result.steps.map((step) => step.id)).toContain("cluster/reindex");
  });

  test.each(["2.3.16", "3.0.0"])(
    "a lower version (%s): refused, and the frontends stay closed",
    (version) => {
      const result = plan(incomplete(), { version });
      expect(texts(result)).toMatch(/^downgrade: .*3\.1\.1.*set `version` to 3\.1\.1/);
      // What a run that is refused leaves goes by the part that it would have gone on with.
      expect(hops(result)).toEqual(["2.3.16-1 reindex 3.1.1"]);
      expect(result.steps[0]!.id).not.toMatch(/open/);
    },
  );

  test("a frontend that we have closed is left out: named", () => {
    const frontends = aFrontends({ nodes: [{ name: "frontend-1", host: "frontend-1" }] });
    const built = threeBackends().frontend("frontend-1");
    for (const name of names) built.upgraded(name, "3.1.1");
    built.record({ hop: reindexing, begun: [...closed, "backend-1/delete-index"], done: closed });
    expect(texts(plan(built, { frontends }))).toMatch(
      /^unlisted: frontend-2: Machine with unfinished work is not listed/,
    );
    expect(texts(plan(incomplete(), { frontends: null }))).toMatch(/Frontends missing/);
  });

  test("closed, nothing upgraded yet, and the old version is asked for: opened before anything else", () => {
    const built = cluster("2.3.16", "5.4.1").record({
      hop: reindexing,
      begun: closed,
      done: closed,
      failover: "on",
    });
    const result = plan(built, { version: "2.3.16", allowDowntime: null });
    expect(result.steps.map((step) => step.id)).toEqual([
      "frontend-1/open",
      "frontend-2/open",
      "cluster/verify",
    ]);
    expect(result.refusals).toEqual([]);
  });

  test("a rolling part with a node inside comes before one by another method", () => {
    const built = cluster("2.3.16", "5.4.1").inside("backend-2", {
      hop: hop("rolling", "2.0.30-1", "2.3.16"),
    });
    expect(hops(plan(built))).toEqual(["2.0.30-1 rolling 2.3.16", ...rebuilt]);
  });

  test("a record of a release that knew rolling updates only", () => {
    const built = cluster("2.1.0", "5.6.16").upgraded("backend-2").inside("backend-3", { hop: null });
    const result = plan(built, { version: "2.3.16", allowDowntime: null });
    expect(hops(result)).toEqual(["2.1.0-1 rolling 2.3.16"]);
    expect(result.steps.map((step) => step.node).filter(Boolean)[0]).toBe("backend-3");
  });
});
