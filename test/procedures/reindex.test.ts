import type { SearchIndex } from "../../provider/chef/cluster/searchIndices";
import type { RunRecord } from "../../provider/cluster/record";
import { parseBackendConfig } from "../../provider/chef/cluster/backendConfig";
import { documentedPlaces } from "../../provider/chef/cluster/places";
import type { Plan } from "../../provider/plan/plan";
import type { UpgradeSpec } from "../../provider/plan/spec";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import {
  aFrontends,
  aSpec,
  type ClusterBuilder,
  frozen,
  goodFile,
  installed,
  threeBackends,
} from "../support/aCluster";
import { said } from "../support/said";

const names = ["backend-1", "backend-2", "backend-3"];
const on = (kind: string, of: readonly string[] = names) => of.map((name) => `${name}/${kind}`);
const fronts = (kind: string) => on(kind, ["frontend-1", "frontend-2"]);

/** 2.3.16 with an index that 3.x cannot use, two frontends, every package there. */
function old(): ClusterBuilder {
  const cluster = threeBackends()
    .at("2.3.16")
    .indexMadeBy("5.4.1")
    .frontend("frontend-1")
    .frontend("frontend-2");
  for (const name of names) cluster.packageFile(name, {}, "3.1.1");
  return cluster;
}

const wanted: Partial<UpgradeSpec> = {
  ...{ version: "3.1.1", allowDowntime: "3.1.1", frontends: aFrontends() },
  packages: { "3.1.1": { path: goodFile.path, staging: null, stagedKiB: 0 } },
};

function plan(cluster: ClusterBuilder, change: Partial<UpgradeSpec> = {}): Plan {
  const result = planUpgrade(frozen(aSpec({ ...wanted, ...change })), frozen(cluster.state()));
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  return result;
}
const ids = (cluster: ClusterBuilder, change: Partial<UpgradeSpec> = {}) =>
  plan(cluster, change).steps.map((step) => step.id);
const codes = ({ refusals }: Plan) => refusals.map((each) => each.code);

/** Every backend is upgraded, and the record is of this hop. */
function upgradedAll(record: Partial<RunRecord>): ClusterBuilder {
  const cluster = old().searchRuns(null).indexMadeBy(null);
  for (const name of names) cluster.upgraded(name, "3.1.1");
  const hop = { from: "2.3.16-1", to: "3.1.1", method: "reindex", because: "" } as const;
  return cluster.lockedBy("run-1").record({ hop, to: "3.1.1", ...record });
}
const search = (cluster: ClusterBuilder, up: boolean, of = names) => {
  const services = [...names.keys()].map(() => ({ service: "elasticsearch", up, seconds: 60 })).slice(0, 1);
  for (const name of of) cluster.with(name, { services });
  return cluster;
};
const atTwo: Partial<UpgradeSpec> = {
  ...{ version: "2.3.16", allowDowntime: "2.3.16" },
  packages: { "2.3.16": { path: goodFile.path, staging: null, stagedKiB: 0 } },
};
const closed = fronts("close");
const deleted = [...closed, ...on("stop-search"), ...on("delete-index")];
const started = [...deleted, ...on("start-search"), "cluster/healthy"];
const made = [...started, "frontend-1/reconfigure"];
const rebuild = ["cluster/failover-on", "cluster/reindex", ...fronts("open"), "cluster/verify"];

test("what is owed: the index from its deletion until it is whole, frontends as long as they are closed", () => {
  const owed = (...done: string[]) => plan(upgradedAll({ begun: done, done })).owed;
  const index = "the search index was deleted and is not built anew yet";
  const shut = "frontend-1, frontend-2 are closed to clients";
  expect(owed(...closed)).toEqual(expect.arrayContaining([shut]));
  expect(owed(...closed)).not.toContain(index);
  expect(owed(...made)).toEqual(expect.arrayContaining([shut, index]));
  const half = owed(...made, "cluster/reindex", "frontend-1/open");
  expect(half).toEqual(expect.arrayContaining(["frontend-2 is closed to clients"]));
  expect(half).not.toContain(index);
});

test("what is owed: Elasticsearch that an earlier run has stopped, until it runs again or its data are being deleted", () => {
  const stopped = { begun: on("stop-search"), done: on("stop-search") };
  const owed = (record: Partial<RunRecord>, up: boolean) =>
    plan(search(search(upgradedAll(record), true), up, ["backend-3"])).owed;
  const search3 = "Elasticsearch on backend-3 was stopped by an earlier run";
  expect(owed(stopped, false)).toContain(search3);
  expect(owed(stopped, true)).not.toContain(search3);
  expect(owed({ begun: deleted, done: stopped.done }, false)).not.toContain(search3);
});

test("nothing is upgraded by the hop that rebuilds: the next one rolls", () => {
  const result = plan(old(), { reindexTestOrg: "acme" });
  expect(result.hops.map(({ from, to, method }) => [from, method, to])).toEqual([
    ["2.3.16", "reindex", "2.3.16"],
    ["2.3.16-1", "rolling", "3.1.1"],
  ]);
  expect(result.steps.map(({ id }) => id)).toEqual([
    ...["cluster/backup", "frontends/backup", ...closed, "cluster/failover-off"],
    ...[...on("stop-search"), ...on("delete-index"), ...on("start-search")],
    ...["cluster/healthy", "frontend-1/reconfigure", "cluster/failover-on"],
    ...["cluster/reindex-test", "cluster/reindex", ...fronts("open"), "cluster/verify"],
  ]);
  expect(result.nodes[1]).toMatchObject({
    ...{ installed: "2.3.16", desired: "3.1.1", order: 2 },
    because: "the search index is rebuilt, then 3.1.1",
    does: "stop Elasticsearch, delete the search index, start Elasticsearch",
  });
  expect(result.refusals).toEqual([]);
});

test("backends of two releases: rebuilt as they are", () => {
  const mixed = old().at("2.1.0").upgraded("backend-2", "2.3.16");
  const result = plan(mixed);
  expect(result.hops[0]).toMatchObject({ from: "2.1.0", to: "2.1.0", method: "reindex" });
  expect(result.steps.filter(({ kind }) => /install|upgrade|stage/.test(kind))).toEqual([]);
  expect(result.refusals).toEqual([]);
});

test("where the new Elasticsearch reads the old index: everything in the documented order", () => {
  const steps = ids(old().at("2.0.30").indexMadeBy("2.3.1"), { ...atTwo, reindexTestOrg: "acme" });
  expect(steps).toEqual([
    ...["cluster/backup", "frontends/backup", ...closed, "cluster/failover-off"],
    ...["backend-2/install", "backend-2/upgrade", "backend-2/rejoin"],
    ...["backend-3/install", "backend-3/upgrade", "backend-3/rejoin"],
    ...[
      "backend-1/install",
      "cluster/failover-on-for-leader",
      "backend-1/upgrade-with-failover",
      "backend-1/rejoin",
    ],
    ...["cluster/failover-off", ...on("stop-search"), ...on("delete-index"), ...on("start-search")],
    ...["cluster/healthy", "frontend-1/reconfigure", "cluster/failover-on"],
    ...["cluster/reindex-test", "cluster/reindex", ...fronts("open"), "cluster/verify"],
  ]);
});

test("data that were moved are deleted where they are", () => {
  const config = parseBackendConfig("elasticsearch.data_dir = '/data/es'");
  const moved = { config, dataFolder: "/data/es", dataEntries: ["d nodes", "d nodes/0"] };
  const { steps, refusals } = plan(old().with("backend-2", moved));
  expect(refusals).toEqual([]);
  const step = steps.find(({ id }) => id === "backend-2/delete-index")!;
  expect(step.commands).toEqual([["find", "/data/es", "-xdev", "-mindepth", "1", "-delete"]]);
  expect(step.title).toBe("deleting the search index in /data/es");
});

test("only that exact folder is deleted; frontends are closed as they can be", () => {
  const { steps } = plan(old().withFrontend("frontend-2", { package: installed("14.5.29") }));
  const commands = (id: string) => steps.find((step) => step.id === id)!.commands;
  expect(commands("backend-3/delete-index")).toEqual([
    ["find", documentedPlaces.searchData, "-xdev", "-mindepth", "1", "-delete"],
  ]);
  expect(commands("frontend-1/close")).toEqual([["chef-server-ctl", "maintenance", "on"]]);
  expect(commands("frontend-2/close")).toEqual([["chef-server-ctl", "stop"]]);
  expect(commands("frontend-2/open")).toEqual([["chef-server-ctl", "start"]]);
});

describe("what an earlier run has begun goes on where it stopped", () => {
  test.each<[string, Partial<RunRecord>, boolean | null, string[]]>([
    [
      "closed and upgraded",
      { begun: closed, done: closed },
      true,
      [
        ...on("stop-search"),
        ...on("delete-index"),
        ...on("start-search"),
        "cluster/healthy",
        "frontend-1/reconfigure",
        ...rebuild,
      ],
    ],
    [
      "one deleted",
      { begun: deleted, done: deleted.slice(0, -2) },
      false,
      [
        ...on("delete-index", names.slice(1)),
        ...on("start-search"),
        "cluster/healthy",
        "frontend-1/reconfigure",
        ...rebuild,
      ],
    ],
    [
      "all deleted",
      { begun: deleted, done: deleted },
      false,
      [...on("start-search"), "cluster/healthy", "frontend-1/reconfigure", ...rebuild],
    ],
    ["started", { begun: started, done: started }, true, ["frontend-1/reconfigure", ...rebuild]],
    ["index made", { begun: made, done: made }, true, rebuild],
    ["index made, failover on", { begun: made, done: made, failover: "on" }, true, rebuild.slice(1)],
    ["rebuilt", { begun: made, done: [...made, "cluster/reindex"], failover: "on" }, true, rebuild.slice(2)],
  ])("%s: no new consent, no version counts", (_what, record, up, rest) => {
    const result = plan(search(upgradedAll(record), up!), { allowDowntime: null });
    expect(result.steps.map((step) => step.id)).toEqual(rest);
    expect(result.refusals).toEqual([]);
    expect(result.owed).toContain("frontend-1, frontend-2 are closed to clients");
  });

  test("frontends that were opened on the way out are closed again, with consent", () => {
    const cluster = () =>
      search(upgradedAll({ begun: on("stop-search"), done: on("stop-search"), failover: "on" }), true);
    expect(ids(cluster()).filter((id) => /close|delete|reindex/.test(id))).toEqual([
      ...closed,
      ...on("delete-index"),
      "cluster/reindex",
    ]);
    expect(codes(plan(cluster(), { allowDowntime: null }))).toEqual(["downtime"]);
    // Not even a stop of Elasticsearch is needed: the backends have the new version, the index is the old one.
    const upgraded = search(upgradedAll({ failover: "on" }), true);
    expect(ids(upgraded)).toContain("cluster/reindex");
  });

  test("Elasticsearch runs again after a reboot: stopped again before anything is deleted", () => {
    const cluster = search(upgradedAll({ begun: deleted, done: deleted.slice(0, -1) }), false);
    const steps = ids(search(cluster, true, ["backend-1"]));
    expect(steps.slice(0, 2)).toEqual(["backend-1/stop-search", "backend-3/delete-index"]);
    expect(steps).toEqual(expect.arrayContaining(on("start-search")));
  });

  test("one that was stopped, for want of maintenance, and booted since is stopped again", () => {
    const up = [{ service: "nginx", up: true, seconds: 5 }];
    const stopped = { package: installed("14.5.29"), services: up };
    const at = (record: Partial<RunRecord>) =>
      ids(
        search(upgradedAll(record), false)
          .withFrontend("frontend-1", stopped)
          .withFrontend("frontend-2", stopped),
      );
    expect(at({ begun: deleted, done: deleted }).slice(0, 2)).toEqual(closed);
    // The one that reindexes has to run.
    expect(at({ begun: made, done: started })[0]).toBe("frontend-2/close");
  });

  test.each([
    ["written by the run that holds the lock", "run-1", null, false],
    ["written by an earlier run, which may never have done it", "run-2", null, true],
    ["shown by cluster-status", "run-2", "off" as const, false],
    ["shown on by cluster-status", "run-1", "on" as const, true],
  ])("failover off, %s", (_what, run, shown, again) => {
    const cluster = search(upgradedAll({ begun: closed, done: closed }), true).lockedBy(run);
    if (shown) cluster.failoverShown(shown);
    expect(ids(cluster)[0] === "cluster/failover-off").toBe(again);
  });
});

describe("a run of an earlier release, which upgraded first, with an index that keeps Elasticsearch 6 from starting", () => {
  const hop = { from: "2.3.16-1", to: "3.1.1", method: "reindex", because: "" } as const;
  /** The first follower has the new package, and its `upgrade` failed. */
  const stuck = (record: Partial<RunRecord>) =>
    search(old().indexMadeBy("2.3.1"), true)
      .installedOnly("backend-2", "3.1.1")
      .lockedBy("run-1")
      .inside("backend-2", { hop, to: "3.1.1", ...record });

  test("the index first, then the one that is without Elasticsearch, then the others", () => {
    expect(ids(stuck({ begun: closed, done: closed }))).toEqual([
      ...[...on("stop-search"), ...on("delete-index"), ...on("start-search")],
      ...["backend-2/upgrade", "backend-2/rejoin", "cluster/healthy", "frontend-1/reconfigure"],
      ...["cluster/failover-on", "cluster/reindex", ...fronts("open")],
      ...["backend-3/install", "backend-3/upgrade", "backend-3/rejoin"],
      ...["backend-1/install", "cluster/failover-on-for-leader", "backend-1/upgrade-with-failover"],
      ...["backend-1/rejoin", "cluster/failover-on", "cluster/verify"],
    ]);
  });

  test("the index is new: failover stays off until all are upgraded", () => {
    const done = [...made, "cluster/reindex", ...fronts("open")];
    const rest = ids(
      search(old().indexMadeBy("5.6.16"), true)
        .upgraded("backend-2", "3.1.1")
        .lockedBy("run-1")
        .record({ hop, to: "3.1.1", begun: done, done, failover: "off" }),
    );
    expect(rest.slice(0, 3)).toEqual(["backend-3/install", "backend-3/upgrade", "backend-3/rejoin"]);
    expect(rest.slice(-2)).toEqual(["cluster/failover-on", "cluster/verify"]);
  });
});

describe("what else lies in Elasticsearch", () => {
  const chef = { name: "chef", health: "green", open: true };
  const refused = (indices: readonly SearchIndex[] | null, cluster = old()) =>
    plan(cluster.withIndices(indices), { packages: { ...wanted.packages, ...atTwo.packages } }).refusals.map(
      (each) => `${each.code}: ${said(each)}`,
    );

  test("another index, or one that is closed or not green, is named", () => {
    expect(refused([chef, { name: ".kibana", health: "green", open: true }])).toEqual([
      expect.stringMatching(
        /^searchIndices: .*not Chef's: \.kibana \(green\); Chef's guide allows `chef` alone/,
      ),
    ]);
    expect(refused([{ ...chef, health: "yellow" }])).toEqual([
      expect.stringMatching(/^searchIndices: .*not green: chef \(yellow\)/),
    ]);
    // What is to be deleted is not to be mended besides.
    expect(refused([chef, { name: "chef_old", health: "", open: false }])).toEqual([
      expect.stringMatching(/not Chef's: chef_old \(closed\)/),
    ]);
  });

  test("it counts where the data are deleted or 3.x is reached, and there alone", () => {
    const foreign = [chef, { name: "logs", health: "green", open: true }];
    expect(refused(foreign, old().indexMadeBy("5.6.16"))).toHaveLength(1);
    expect(refused(foreign, old().at("1.4.40"))).toHaveLength(1);
    const within = plan(old().at("2.1.0").withIndices(foreign), { ...atTwo, allowDowntime: null });
    expect(within.refusals).toEqual([]);
  });

  test("not known: refused where the path depends on it, and not twice", () => {
    expect(refused(null)).toEqual([expect.stringMatching(/^searchIndices: .*Search indices unknown/)]);
    expect(refused(null, old().indexMadeBy(null))).toEqual([expect.stringMatching(/^path: /)]);
    expect(refused(null, old().at("1.4.40").indexMadeBy(null))).toEqual([]);
  });

  test("what has begun goes on once data are deleted; before that an index of somebody else stops it", () => {
    const foreign = [{ name: "logs", health: "red", open: true }];
    const standing = search(upgradedAll({ begun: closed, done: closed }), true);
    expect(refused(foreign, standing)).toEqual([expect.stringMatching(/not Chef's: logs/)]);
    const begun = [...closed, ...names.map((name) => `${name}/stop-search`), "backend-1/delete-index"];
    expect(refused(foreign, search(upgradedAll({ begun, done: closed }), false))).toEqual([]);
  });
});

describe("refused before anything is closed", () => {
  test.each<[string, (cluster: ClusterBuilder) => ClusterBuilder, RegExp]>([
    [
      "a data folder behind a link",
      (c) => c.with("backend-2", { dataFolder: "/mnt/es" }),
      /^backend-2: .*leads to \/mnt\/es/,
    ],
    [
      "a moved data folder that only Ruby can tell",
      (c) => c.with("backend-2", { config: parseBackendConfig("elasticsearch.data_dir node['d']") }),
      /^backend-2: .*elasticsearch\.data_dir cannot be read: elasticsearch\.data_dir node\['d'\]/,
    ],
    ["no data folder", (c) => c.with("backend-2", { dataFolder: null }), /^backend-2: .*is missing/],
    [
      "a frontend out of reach",
      (c) => c.withFrontend("frontend-2", { unreachable: "no route" }),
      /frontend-2: .*no route/,
    ],
    ["Elasticsearch is not whole", (c) => c.with("backend-2", { clusterStatus: "no answer" }), /no answer/],
  ])("%s", (_what, change, text) => {
    const { refusals } = plan(change(old()));
    expect(refusals.map(said).join("\n")).toMatch(text);
  });

  test("no frontends given", () => {
    expect(codes(plan(old(), { frontends: null }))).toContain("frontends");
  });

  test("red Elasticsearch counts before the first change, and no more after it", () => {
    const rows = (cluster: ClusterBuilder) => {
      const clusterStatus = cluster.state().nodes[0]!.clusterStatus as readonly object[];
      for (const name of names)
        cluster.with(name, {
          clusterStatus: clusterStatus.map((row) => ({ ...row, es: "offline" })) as never,
        });
      return cluster;
    };
    expect(codes(plan(rows(old())))).toEqual(["unhealthy"]);
    expect(codes(plan(rows(search(upgradedAll({ begun: closed, done: closed }), true))))).toEqual([]);
  });
});
