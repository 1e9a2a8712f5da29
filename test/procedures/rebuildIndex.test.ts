import type { UpgradeSpec } from "../../provider/plan/spec";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import { recommendations } from "../../provider/procedures/rebuildIndex";
import { aFrontends, aSpec, type ClusterBuilder, goodFile, threeBackends } from "../support/aCluster";

const asked: Partial<UpgradeSpec> = {
  ...{ version: "3.1.1", rebuildIndex: "3.1.1", allowDowntime: "3.1.1", frontends: aFrontends() },
  packages: { "3.1.1": { path: goodFile.path, staging: null, stagedKiB: 0 } },
};
const cluster = (version: string, index: string | null, search: string) => {
  const built = threeBackends().at(version).indexMadeBy(index).searchRuns(search);
  for (const name of ["backend-1", "backend-2", "backend-3"]) built.packageFile(name, {}, "3.1.1");
  return built.frontend("frontend-1").frontend("frontend-2");
};
const plan = (built: ClusterBuilder, change: Partial<UpgradeSpec> = {}) =>
  planUpgrade(aSpec({ ...asked, ...change }), built.state());
const hops = (built: ClusterBuilder, change: Partial<UpgradeSpec> = {}) =>
  plan(built, change).hops.map(({ from, method, to }) => `${from} ${method} ${to}`);

test.each<[string, string, string | null, string, string[]]>([
  ["older than what runs", "3.1.1", "5.6.16", "6.8.23", ["3.1.1 reindex 3.1.1"]],
  ["rebuilt by now, whatever any record says", "3.1.1", "6.8.23", "6.8.23", []],
  // Whatever Elasticsearch a build brings: its own index is new.
  ["of the very one that runs", "3.1.1", "6.8.15", "6.8.15", []],
  ["not known", "3.1.1", null, "6.8.23", []],
  [
    "once the backends are there",
    "2.3.16",
    "5.6.16",
    "5.6.16",
    ["2.3.16-1 rolling 3.1.1", "3.1.1 reindex 3.1.1"],
  ],
])("an index that is %s", (_what, version, index, search, way) => {
  expect(hops(cluster(version, index, search))).toEqual(way);
});

test("after the backends and the frontends, with the same consent and the frontends given", () => {
  const built = cluster("3.1.1", "5.6.16", "6.8.23");
  const frontends = { ...aFrontends(), version: "15.10.12", packageFile: asked.packages!["3.1.1"]! };
  expect(hops(built, { frontends })).toEqual(["15.9.38-1 frontends 15.10.12", "3.1.1 reindex 3.1.1"]);
  const codes = (change: Partial<UpgradeSpec>) => plan(built, change).refusals.map(({ code }) => code);
  expect(codes({})).toEqual([]);
  expect(codes({ allowDowntime: null })).toEqual(["downtime"]);
  expect(codes({ frontends: null })).toContain("frontends");
  expect(plan(cluster("3.1.1", null, "6.8.23")).warnings.join()).toMatch(/rebuildIndex: no backend tells/);
});

test("on 2.x it rebuilds ahead of 3.x, in a window of its own", () => {
  const atTwo = { version: "2.3.16", rebuildIndex: "2.3.16", allowDowntime: "2.3.16" };
  expect(hops(cluster("2.3.16", "2.3.1", "5.6.16"), atTwo)).toEqual(["2.3.16 reindex 2.3.16"]);
});

test.each([
  [
    "3.1.1",
    "5.6.16",
    /^Set `rebuildIndex` and `allowDowntime` to "3\.1\.1".*Elasticsearch 5\.6\.16 made this one/,
  ],
  ["3.1.1", "6.8.23", null],
  ["3.1.1", null, null],
  ["2.3.16", "2.3.1", null],
])("what is recommended at %s with an index of %s", (version, index, text) => {
  const search = version === "3.1.1" ? "6.8.23" : "5.6.16";
  const found = recommendations(aSpec({ ...asked, version }), cluster(version, index, search).state());
  expect(found).toEqual(text === null ? [] : [expect.stringMatching(text)]);
});

test("while 5.6 and 6.8 are mixed the plan tells what counts as back, why, and what proves it", () => {
  const verify = (version: string, to: string) =>
    plan(cluster(version, "5.6.16", "5.6.16"), {
      ...{ version: to, rebuildIndex: null, packages: { [to]: asked.packages!["3.1.1"]! } },
    }).steps.find(({ id }) => id === "backend-2/rejoin")!.verify;
  expect(verify("2.3.16", "3.1.1")).toMatch(
    /yellow .*`_cluster\/health`.*every unassigned shard a replica.*docs-content#1409.*green is demanded at the end/,
  );
  expect(verify("2.1.0", "2.3.16")).toMatch(/^green, n\/n/);
});
