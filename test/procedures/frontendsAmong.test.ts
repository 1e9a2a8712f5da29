import type { Hop } from "../../provider/cluster/hop";
import type { RunRecord } from "../../provider/cluster/record";
import type { Plan } from "../../provider/plan/plan";
import type { FrontendsSpec, PackageSource, UpgradeSpec } from "../../provider/plan/spec";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import {
  aFrontends,
  aSpec,
  type ClusterBuilder,
  frozen,
  goodFile,
  goodFrontendFile,
  installed,
  threeBackends,
} from "../support/aCluster";
import { said } from "../support/said";

const source: PackageSource = { path: goodFile.path, staging: null, stagedKiB: 0 };
const packages = { "2.3.16": source, "3.1.1": source };
const names = ["backend-1", "backend-2", "backend-3"];

/** Backends of a release, frontends of one or of two. */
function cluster(version: string, index: string, ...frontends: [string, string?]): ClusterBuilder {
  const built = threeBackends().at(version).indexMadeBy(index).searchRuns(searchOf(version));
  for (const name of names) built.packageFile(name, {}, "3.1.1");
  const [first, second = first] = frontends;
  for (const [name, release] of [
    ["frontend-1", first],
    ["frontend-2", second],
  ] as const) {
    const files = ["12.17.15", "13.1.13", "14.16.19", "15.10.12"].map((each) => [each, goodFrontendFile]);
    built.frontend(name, { package: installed(release), packageFiles: Object.fromEntries(files) });
  }
  return built;
}

const searchOf = (version: string) =>
  ({ "1": "2.3.1", "2": "5.6.16", "3": "6.8.23" })[version[0] as "1" | "2" | "3"];

const wanted = (version: string | null): Partial<FrontendsSpec> => ({
  ...{ version, packageFile: { path: goodFrontendFile.path, staging: null, stagedKiB: 0 } },
  ...{ acceptLicense: true, skipReindex: version },
});

function plan(state: ClusterBuilder, frontends: string | null, change: Partial<UpgradeSpec> = {}): Plan {
  const version = change.version ?? "3.1.1";
  const spec = aSpec({
    ...{ version, allowDowntime: version, packages, frontends: aFrontends(wanted(frontends)) },
    ...change,
  });
  return planUpgrade(frozen(spec), frozen(state.state()));
}

const hops = (result: Plan) => result.hops.map((hop) => `${hop.method} ${hop.to}`);
const texts = (result: Plan) => result.refusals.map((each) => `${each.code}: ${said(each)}. ${each.next}`);

const [rolled, rebuilt] = ["rolling 3.1.1", "reindex 2.3.16"];
const fromOne = ["1.4.40", "2.3.1"] as const;

describe("the order", () => {
  test.each<[string, string, [string, string?], string, string[]]>([
    // Whoever fits stays last.
    ["2.3.16", "5.6.16", ["14.16.19"], "15.10.12", [rolled, "frontends 15.10.12"]],
    ["2.3.16", "5.6.16", ["13.2.0"], "14.16.19", [rolled, "frontends 14.16.19"]],
    // Whoever does not comes before the hop that brings the new Elasticsearch.
    ["2.1.0", "5.6.16", ["12.17.15"], "14.16.19", ["frontends 14.16.19", rolled]],
    ["2.3.16", "5.6.16", ["13.1.13"], "15.10.12", ["frontends 15.10.12", rolled]],
    ["2.3.16", "2.3.1", ["12.17.15"], "14.16.19", [rebuilt, "frontends 14.16.19", rolled]],
    ["2.0.30", "2.3.1", ["12.17.15"], "14.16.19", [rebuilt, "frontends 14.16.19", rolled]],
    [...fromOne, ["12.17.15"], "14.16.19", ["downtime 2.3.16", rebuilt, "frontends 14.16.19", rolled]],
    // The oldest of them counts.
    ["2.3.16", "5.6.16", ["14.16.19", "12.17.15"], "14.16.19", ["frontends 14.16.19", rolled]],
  ])("backends %s with an index of %s, frontends %j => %s", (from, index, frontends, to, order) => {
    const result = plan(cluster(from, index, ...frontends), to);
    expect(texts(result)).toEqual([]);
    expect(hops(result)).toEqual(order);
  });

  test("12.5 goes to the stone before 2.x comes with Elasticsearch 5", () => {
    const result = plan(cluster("1.4.40", "2.3.1", "12.5.0"), "12.17.15", { version: "2.3.16" });
    expect(texts(result)).toEqual([]);
    expect(hops(result)).toEqual(["frontends 12.17.15", "downtime 2.3.16"]);
  });

  test("why the frontends come first, and what the backends wait for, is told", () => {
    const result = plan(cluster("2.3.16", "5.6.16", "12.17.15"), "14.16.19");
    expect(result.hops[0]!.because).toBe(
      "chef-server-core 12.17.15 works with Elasticsearch 2, 5 only, and chef-backend 3.1.1 brings 6.8.23",
    );
    expect(result.nodes.map((node) => node.order)).toEqual([3, 1, 2]);
    expect(result.frontends.map((each) => each.order)).toEqual([1, 2]);
  });

  test("what stands in the backends' way is told before the frontends are touched", () => {
    const low = cluster("2.3.16", "5.6.16", "12.17.15").with("backend-2", { disks: [] });
    expect(texts(plan(low, "14.16.19"))).toEqual([expect.stringMatching(/^disk: backend-2/)]);
  });

  test("cleanup comes last", () => {
    const frontends = aFrontends({ ...wanted("14.16.19"), cleanup: "14.16.19" });
    const result = plan(cluster("2.3.16", "5.6.16", "12.17.15"), null, { frontends });
    expect(hops(result)).toEqual(["frontends 14.16.19", rolled, "cleanup 14.16.19"]);
  });
});

describe("refused before the first change, with the way out", () => {
  const tooOld = /Elasticsearch too new for frontends: chef-server-core 12\.17\.15 .*3\.1\.1 brings 6\.8\.23/;
  const mend = /set `frontends\.version` to 13\.2\.0 or later: the frontends are then upgraded before/;

  test.each<[string, string, [string, string?], string | null]>([
    ["2.1.0", "5.6.16", ["12.17.15"], null],
    ["2.3.16", "5.6.16", ["14.16.19", "12.17.15"], null],
    ["2.3.16", "2.3.1", ["12.17.15"], null],
    ["1.4.40", "2.3.1", ["12.17.15"], null],
    ["2.3.16", "5.6.16", ["12.17.15"], "12.17.15"],
  ])("backends %s with an index of %s, frontends %j => %s", (from, index, frontends, to) => {
    const found = texts(plan(cluster(from, index, ...frontends), to));
    expect(found).toEqual([expect.stringMatching(tooOld)]);
    expect(found[0]).toMatch(mend);
  });

  test("only those are named that do not work with it", () => {
    const [refusal] = plan(cluster("2.3.16", "5.6.16", "14.16.19", "12.17.15"), null).refusals;
    expect(refusal).toMatchObject({ code: "frontendPath", where: ["frontend-2"] });
  });

  test("a new release that does not fit either", () => {
    const found = texts(plan(cluster("2.3.16", "5.6.16", "12.17.15"), "13.1.13"));
    expect(found).toEqual([
      expect.stringMatching(/chef-server-core 12\.17\.15 works with Elasticsearch 2, 5 only/),
    ]);
  });

  test("through the stone, the backends unchanged, where they are older", () => {
    const found = texts(plan(cluster("2.3.16", "5.6.16", "12.15.8"), "12.17.15"));
    expect(found).toEqual([
      expect.stringMatching(
        /set `version` to 2\.3\.16 and `frontends\.version` to 12\.17\.15, and run `pulumi up`\nthen set .* 13\.2\.0/,
      ),
    ]);
    // Which is a way that can be gone.
    const first = plan(cluster("2.3.16", "5.6.16", "12.15.8"), "12.17.15", { version: "2.3.16" });
    expect([texts(first), hops(first)]).toEqual([[], ["frontends 12.17.15"]]);
  });

  test("a rebuild of the index where they stand beside 3.x already: nothing is deleted", () => {
    const there = () => cluster("3.1.1", "5.6.16", "12.17.15");
    expect(texts(plan(there(), null, { rebuildIndex: "3.1.1" }))).toEqual([expect.stringMatching(tooOld)]);
    const result = plan(there(), "14.16.19", { rebuildIndex: "3.1.1" });
    expect([texts(result), hops(result)]).toEqual([[], ["frontends 14.16.19", "reindex 3.1.1"]]);
  });

  test("a new release that does not work with the Elasticsearch that runs", () => {
    const found = texts(plan(cluster("3.1.1", "6.8.23", "12.17.15"), "13.1.13"));
    expect(found).toEqual([
      expect.stringMatching(/the backends run 6\.8\.23.*set `frontends\.version` to 13\.2\.0/),
    ]);
    const stone = texts(plan(cluster("3.1.1", "6.8.23", "12.15.8"), "12.17.15"));
    expect(stone).toEqual([
      expect.stringMatching(/ask Chef's support: from 12\.15\.8 the path leads through 12\.17\.15/),
    ]);
  });
});

describe("frontends that met their backends' 3.x before", () => {
  const there = () => cluster("3.1.1", "6.8.23", "12.17.15");

  test("they are upgraded without the reconfigure that fails", () => {
    const result = plan(there(), "14.16.19");
    expect(texts(result)).toEqual([]);
    const ids = result.steps.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(["frontend-1/stop", "frontend-2/upgrade"]));
    expect(ids.filter((id) => id.endsWith("/reconfigure"))).toEqual([]);
    expect(result.warnings.join()).toMatch(
      /frontend-1 is upgraded without .*12\.17\.15 does not work with .*6\.8\.23/,
    );
  });

  test("and do not keep 3.x from being patched", () => {
    const built = cluster("3.0.0", "6.8.23", "12.17.15");
    const result = plan(built, null);
    expect([texts(result), hops(result)]).toEqual([[], [rolled]]);
  });
});

describe("what has begun is finished", () => {
  const hop = (method: Hop["method"], from: string, to: string): Hop => ({ from, to, method, because: "" });
  const rolling = hop("rolling", "2.3.16-1", "3.1.1");
  const half = (change: Partial<RunRecord> = {}) =>
    cluster("2.3.16", "5.6.16", "12.17.15")
      .upgraded("backend-2", "3.1.1")
      .record({ hop: rolling, to: "3.1.1", ...change });

  test.each([null, "14.16.19"])("a rolling hop to 3.x, then the frontends (%s)", (frontends) => {
    const result = plan(half(), frontends);
    expect(texts(result)).toEqual([]);
    expect(hops(result)).toEqual([rolled, ...(frontends ? ["frontends 14.16.19"] : [])]);
  });

  test("also where no backend is upgraded yet, and one is inside or failover is off", () => {
    const built = () => cluster("2.3.16", "5.6.16", "12.17.15");
    const inside = built().inside("backend-2", { hop: rolling, to: "3.1.1" });
    const off = built().record({ hop: rolling, to: "3.1.1" });
    for (const each of [inside, off]) expect(hops(plan(each, "14.16.19"))[0]).toBe(rolled);
    // As releases that knew rolling updates only have written it.
    const plain = built().inside("backend-2", { hop: null, from: "2.3.16-1", to: "3.1.1" });
    expect(hops(plan(plain, "14.16.19"))[0]).toBe(rolled);
    const untouched = built().record({ hop: rolling, to: "3.1.1", failover: "on" });
    expect(hops(plan(untouched, "14.16.19"))).toEqual(["frontends 14.16.19", rolled]);
    expect(texts(plan(untouched, null))).toEqual([expect.stringMatching(/^frontendPath: /)]);
  });

  test("the frontends' hop, which is no longer the last one", () => {
    const begun = ["frontend-1/stop"];
    const record = {
      hop: hop("frontends", "12.17.15-1", "14.16.19"),
      failover: "on",
      begun,
      done: begun,
    } as const;
    const built = cluster("2.3.16", "5.6.16", "12.17.15").record(record);
    const result = plan(built, "14.16.19");
    expect(texts(result)).toEqual([]);
    expect(hops(result)).toEqual(["frontends 14.16.19", rolled]);
    // Its frontends are done, and its last look is owed.
    const done = ["stop", "verify"].flatMap((word) => [`frontend-1/${word}`, `frontend-2/${word}`]);
    const upgraded = cluster("2.3.16", "5.6.16", "14.16.19").record({ ...record, begun: done, done });
    for (const name of ["frontend-1", "frontend-2"])
      upgraded.withFrontend(name, { upgradedTo: "14.16.19-1" });
    expect(hops(plan(upgraded, "14.16.19"))).toEqual(["frontends 14.16.19", rolled]);
  });

  test("full downtime to 2.x: the frontends that do not work with 3.x come behind it", () => {
    const record = {
      hop: hop("downtime", "1.4.40-1", "2.3.16"),
      failover: "on",
      begun: ["backend-1/down"],
    } as const;
    const built = cluster("1.4.40", "2.3.1", "12.17.15").record({ ...record, done: record.begun as never });
    const result = plan(built, "14.16.19");
    expect(hops(result)).toEqual(["downtime 2.3.16", rebuilt, "frontends 14.16.19", rolled]);
    expect(texts(plan(built, null)).filter((each) => /^frontendPath/.test(each))).toEqual([]);
  });
});

describe("frontends of which nobody can tell the release: a warning, not a refusal", () => {
  const warned = /check that no frontend is older than chef-server-core 13\.2\.0.* Elasticsearch 6\.8\.23/;

  test("none is listed", () => {
    const backends = threeBackends().at("2.3.16");
    for (const name of names) backends.packageFile(name, {}, "3.1.1");
    const result = plan(backends, null, { frontends: null });
    expect(texts(result)).toEqual([]);
    expect(result.warnings).toContainEqual(expect.stringMatching(/^`frontends` is not set: check/));
    expect(result.warnings).toContainEqual(expect.stringMatching(warned));
  });

  test("one cannot be reached", () => {
    const away = { state: "absent", version: null, detail: "", installedAt: null } as const;
    const built = cluster("2.3.16", "5.6.16", "14.16.19");
    built.withFrontend("frontend-2", { unreachable: "no connection", package: away });
    expect(plan(built, null).warnings).toContainEqual(expect.stringMatching(warned));
    expect(plan(built, null).warnings.join()).toMatch(/the release of frontend-2 is unknown/);
  });

  test("not where it makes no difference", () => {
    const spec = { frontends: null, version: "2.3.16" };
    const within = plan(threeBackends().at("2.1.0"), null, spec);
    const known = plan(cluster("2.3.16", "5.6.16", "14.16.19"), null);
    for (const each of [within, known]) expect(each.warnings.join()).not.toMatch(/check that no frontend/);
  });
});
