import type { FrontendState } from "../../provider/cluster/state";
import type { FrontendsSpec, UpgradeSpec } from "../../provider/plan/spec";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import {
  aFrontends,
  aSpec,
  type ClusterBuilder,
  frozen,
  goodFrontendFile,
  installed,
  threeBackends,
} from "../support/aCluster";
import { said } from "../support/said";

const to = "15.10.12";
const given = { path: goodFrontendFile.path, staging: null, stagedKiB: 0 };

/** Backends that are done, and as many frontends at 15.9.38. */
function site(count = 2): ClusterBuilder {
  const cluster = threeBackends().at("2.3.16");
  for (let at = 1; at <= count; at++) cluster.frontend(`frontend-${at}`);
  return cluster;
}

function plan(
  cluster: ClusterBuilder,
  frontends: Partial<FrontendsSpec> = {},
  change: Partial<UpgradeSpec> = {},
) {
  const state = frozen(cluster.state());
  const nodes = state.frontends.map(({ name }) => ({ name, host: name }));
  const wanted = { nodes, version: to, packageFile: given, acceptLicense: true, ...frontends };
  return planUpgrade(frozen(aSpec({ frontends: aFrontends(wanted), ...change })), state);
}

const at = (version: string): Partial<FrontendState> => ({
  package: installed(version),
  packageFiles: { [to]: goodFrontendFile },
});
const ids = (of: ReturnType<typeof plan>) => of.steps.map(({ id }) => id);
const reasons = (of: ReturnType<typeof plan>) => of.refusals.map((each) => `${each.code}: ${said(each)}`);
const whole = (name: string, first: boolean) =>
  ["reconfigure", ...(first ? [] : ["migration-level"]), "stop", "install", "upgrade", "start", "verify"].map(
    (step) => `${name}/${step}`,
  );
const hop = { from: "15.9.38-1", to, method: "frontends", because: "" } as const;
/** The record of a run that broke off on frontend-2. */
const stopped = { failover: "on", hop, begun: ["frontend-2/stop"], done: ["frontend-2/stop"] } as const;

describe("what is planned", () => {
  test("nothing where all are at the version, or none is given", () => {
    const done = site().withFrontend("frontend-1", at(to)).withFrontend("frontend-2", at(to));
    for (const each of [plan(done), plan(site(), { version: null, packageFile: null })])
      expect(each).toMatchObject({ steps: [], hops: [], refusals: [] });
    expect(plan(site(), { version: null }).frontends.map((each) => each.does)).toEqual([
      "nothing",
      "nothing",
    ]);
  });

  test("the first one alone, then the others with its migration level, each complete", () => {
    const its = plan(site(3));
    expect(its.refusals).toEqual([]);
    expect(ids(its)).toEqual([
      ...[1, 2, 3].flatMap((n) => whole(`frontend-${n}`, n === 1)),
      "cluster/verify",
    ]);
    expect(its.hops).toMatchObject([{ method: "frontends", from: "15.9.38-1", to, downtime: null }]);
    expect(its.frontends.map((each) => each.order)).toEqual([1, 2, 3]);
  });

  test("one that is upgraded is left alone, and gives the others its migration level", () => {
    const its = plan(site(3).withFrontend("frontend-2", at(to)));
    expect(ids(its)).toEqual([
      ...whole("frontend-1", false),
      ...whole("frontend-3", false),
      "cluster/verify",
    ]);
    expect(its.frontends.map((each) => each.order)).toEqual([1, null, 2]);
  });

  describe("one at the version whose own `upgrade` was never run", () => {
    const pending = { at: "1.33", last: "1.34", pending: true };
    const own = (name: string, first: boolean) =>
      ["stop", ...(first ? [] : ["migration-level"]), "upgrade", "start", "verify"].map(
        (step) => `${name}/${step}`,
      );

    test("gives nobody its migration level: its own `upgrade` is run first", () => {
      const cluster = site().withFrontend("frontend-1", { ...at(to), migrations: pending });
      const its = plan(cluster);
      expect(its.refusals).toEqual([]);
      expect(ids(its)).toEqual([...own("frontend-1", true), ...whole("frontend-2", false), "cluster/verify"]);
      expect(its.frontends.map(({ because }) => because)).toEqual([
        "its own `upgrade` was not run: its migration level is 1.33, and its package has migrations up to 1.34",
        `15.9.38 => ${to}`,
      ]);
    });

    test("is upgraded though no package is to be installed on any", () => {
      const cluster = site()
        .withFrontend("frontend-1", at(to))
        .withFrontend("frontend-2", { ...at(to), migrations: pending });
      expect(ids(plan(cluster))).toEqual([...own("frontend-2", false), "cluster/verify"]);
    });

    test("counts as not upgraded, whatever ended with 0 there", () => {
      const cluster = site().withFrontend("frontend-2", {
        ...{ ...at(to), upgradedTo: `${to}-1`, migrations: pending },
      });
      expect(ids(plan(cluster.record(stopped)))).toContain("frontend-2/upgrade");
    });
  });

  test("nobody takes the level of one that nothing verifies", () => {
    const [refusal] = plan(site().withFrontend("frontend-1", { ...at(to), migrations: null })).refusals;
    expect(refusal).toMatchObject({ what: "Migration level is unknown", where: ["frontend-1"] });
    expect(refusal!.next).toMatch(/if `chef-server-ctl upgrade` was never run there, run it/);
    const ours = { ...at(to), upgradedTo: `${to}-1`, migrations: null };
    expect(plan(site().withFrontend("frontend-1", ours)).refusals).toEqual([]);
  });

  test("the unfinished one comes first, and is not reconfigured or stopped again", () => {
    const down = {
      answer: "no answer",
      down: ["nginx"],
      services: [{ service: "nginx", up: false, seconds: 1 }],
    };
    const its = plan(site().record(stopped).withFrontend("frontend-2", down));
    expect(its.refusals).toEqual([]);
    expect(ids(its).slice(0, 4)).toEqual(
      ["install", "upgrade", "start", "verify"].map((s) => `frontend-2/${s}`),
    );
    expect(ids(its)[4]).toBe("frontend-1/reconfigure");
    expect(its.owed).toEqual(["frontend frontend-2 is between stop and verified answer"]);
    // Booted meanwhile: `upgrade` must not find it running.
    expect(ids(plan(site().record(stopped)))[0]).toBe("frontend-2/stop");
    // Its package is there, and our `upgrade` of it ended well.
    const upgraded = { ...down, ...at(to), upgradedTo: `${to}-1` };
    const rest = plan(site().record(stopped).withFrontend("frontend-2", upgraded));
    expect(ids(rest).slice(0, 3)).toEqual([
      "frontend-2/start",
      "frontend-2/verify",
      "frontend-1/reconfigure",
    ]);
    // Another version is asked for by now.
    const older = { ...stopped, hop: { ...hop, to: "15.9.40" } };
    expect(ids(plan(site().record(older).withFrontend("frontend-2", down)))[0]).toBe("frontend-2/stop");
  });

  test("a run that broke off on a frontend is not forgotten by who no longer lists any", () => {
    const cluster = threeBackends().at("2.3.16").record(stopped);
    const its = planUpgrade(aSpec({ version: "2.3.16" }), cluster.state());
    expect(its.refusals).toMatchObject([{ code: "unlisted", where: ["frontend-2"] }]);
  });

  test("what is shown of each: its place, what happens to it, and why", () => {
    const shown = (of: ReturnType<typeof plan>) =>
      of.frontends.map(({ order, does, because }) => [order, does, because]);
    const deeds = "stop, install, upgrade, start, verify its answer";
    expect(shown(plan(site()))).toEqual([
      [1, `reconfigure, ${deeds}`, `15.9.38 => ${to}`],
      [2, `reconfigure, copy migration-level, ${deeds}`, `15.9.38 => ${to}`],
    ]);
    expect(shown(plan(site().withFrontend("frontend-1", at(to))))).toEqual([
      [null, "nothing", "already there"],
      [1, `reconfigure, copy migration-level, ${deeds}`, `15.9.38 => ${to}`],
    ]);
  });

  test("dpkg's interrupted installation is finished where it is ours", () => {
    const package_ = { ...installed(to), state: "interrupted" as const };
    const cluster = site().record(stopped).withFrontend("frontend-2", { package: package_ });
    const install = plan(cluster).steps.find((step) => step.id === "frontend-2/install");
    expect(install?.commands[0]).toContain("--configure");
    const again = site()
      .record(stopped)
      .withFrontend("frontend-2", { package: { ...package_, reinstall: true } });
    expect(plan(again).steps.find((step) => step.id === "frontend-2/install")?.commands[0]).toContain("-iEG");
  });

  test.each([
    ["13.0.0", "14.6.32", true],
    ["14.0.65", "15.10.12", true],
    ["12.17.15", "15.10.12", true],
    ["12.17.15", "13.0.0", false],
    ["15.9.38", "15.10.12", false],
    ["12.15.8", "12.17.15", false],
  ])("%s => %s: reindex %s", (from, version, wanted) => {
    const cluster = site().withFrontend("frontend-1", {
      ...at(from),
      packageFiles: { [version]: goodFrontendFile },
    });
    cluster.withFrontend("frontend-2", { ...at(from), packageFiles: { [version]: goodFrontendFile } });
    const its = plan(cluster, { version }, { allowDowntime: version });
    expect(its.refusals).toEqual([]);
    expect(ids(its).slice(ids(its).indexOf("frontend-2/verify") + 1)).toEqual([
      ...(wanted
        ? [
            ...["frontend-1/close", "frontend-2/close", "cluster/reindex"],
            ...["frontend-1/open", "frontend-2/open"],
          ]
        : []),
      "cluster/verify",
    ]);
    expect(its.hops.map(({ downtime }) => downtime !== null)).toEqual([wanted]);
    // Nobody consents to it where it is not asked for, or declined.
    const asked = plan(cluster, { version });
    const declined = plan(cluster, { version, skipReindex: version });
    expect(asked.refusals.map(({ code }) => code)).toEqual(wanted ? ["downtime"] : []);
    expect([declined.refusals, ids(declined).includes("cluster/reindex")]).toEqual([[], false]);
    expect(declined.warnings.some((each) => /^frontends\.skipReindex: the search index/.test(each))).toBe(
      wanted,
    );
  });

  test("a release without maintenance mode cannot be closed while it reindexes: refused, unless that is declined", () => {
    const version = "14.0.65";
    const old = { ...at("13.0.0"), packageFiles: { [version]: goodFrontendFile } };
    const cluster = site().withFrontend("frontend-1", old).withFrontend("frontend-2", old);
    const said = reasons(plan(cluster, { version }, { allowDowntime: version }));
    expect(said).toEqual([expect.stringMatching(/^frontendPath: .*no maintenance mode/)]);
    expect(plan(cluster, { version, skipReindex: version }).refusals).toEqual([]);
  });

  test("skipReindex of another version declines nothing, and what has begun to empty the index is not declined", () => {
    const codes = (cluster: ClusterBuilder, skipReindex: string) =>
      plan(cluster, { skipReindex }).refusals.map(({ code }) => code);
    const old = { ...at("14.0.65"), packageFiles: { [to]: goodFrontendFile } };
    const cluster = site().withFrontend("frontend-1", old).withFrontend("frontend-2", old);
    expect(codes(cluster, "15.9.38")).toEqual(["downtime"]);
    expect(codes(cluster, to)).toEqual([]);
    // By a release that did not close anybody: nobody is closed without consent now.
    const done = ["frontend-1/stop", "frontend-1/verify", "frontend-2/stop", "frontend-2/verify"];
    const record = {
      ...{ failover: "on" as const, hop: { ...hop, from: "14.0.65-1" } },
      ...{ begun: [...done, "cluster/reindex"], done },
    } as const;
    const upgraded = site()
      .withFrontend("frontend-1", at(to))
      .withFrontend("frontend-2", at(to))
      .record(record);
    expect(codes(upgraded, "15.9.38")).toEqual(["downtime"]);
    expect([codes(upgraded, to), ids(plan(upgraded, { skipReindex: to }))]).toEqual([[], ["cluster/verify"]]);
    expect(plan(upgraded).owed).toEqual([expect.stringMatching(/rebuild of the search index was begun/)]);
    const closed = {
      ...record,
      begun: [...record.begun, "frontend-1/close"],
      done: [...done, "frontend-1/close"],
    };
    // Those that are closed are not opened on what is left, declined or not.
    const its = plan(
      site().withFrontend("frontend-1", at(to)).withFrontend("frontend-2", at(to)).record(closed),
      { skipReindex: to },
    );
    expect(its.refusals).toEqual([]);
    expect(ids(its)).toEqual([
      "frontend-2/close",
      "cluster/reindex",
      "frontend-1/open",
      "frontend-2/open",
      "cluster/verify",
    ]);
  });

  test("an index that is not complete comes first, whatever version is asked for by now", () => {
    const done = ["frontend-1/verify", "frontend-2/verify", "frontend-1/close", "frontend-2/close"];
    const begun = ["frontend-1/stop", "frontend-2/stop", ...done, "cluster/reindex"];
    const old = { ...hop, from: "14.0.65-1", to: "15.9.38" };
    const cluster = site()
      .withFrontend("frontend-1", at("15.9.38"))
      .withFrontend("frontend-2", at("15.9.38"));
    const failed = ["acme", "lab"];
    const its = plan(
      cluster.record({ failover: "on", hop: old, begun, done, failed }),
      {},
      { allowDowntime: to },
    );
    expect(its.hops.map((each) => each.to)).toEqual(["15.9.38", to]);
    expect(its.steps[0]).toMatchObject({
      id: "cluster/reindex",
      commands: [["chef-server-ctl", "reindex", "acme", "lab"]],
    });
    expect(ids(its)).toEqual(["cluster/reindex", "frontend-1/open", "frontend-2/open", "cluster/verify"]);
  });

  test("the reindex of an unfinished upgrade is owed, also where another build is asked for by now", () => {
    const old = { ...hop, from: "14.0.65-1", to: "15.9.38" };
    const record = {
      failover: "on",
      hop: old,
      begun: ["frontend-1/stop"],
      done: ["frontend-1/verify"],
    } as const;
    expect(ids(plan(site().record(record)))).toContain("cluster/reindex");
    expect(ids(plan(site().record({ ...record, finished: true })))).not.toContain("cluster/reindex");
  });

  test("the backends come first; what is shown of frontends is only what is to come", () => {
    const cluster = threeBackends().frontend("frontend-1").frontend("frontend-2", at(to));
    const its = plan(cluster);
    expect(its.hops.map(({ method }) => method)).toEqual(["rolling", "frontends"]);
    expect(its.frontends.map(({ order, does, because }) => [order, does, because])).toEqual([
      [1, `upgrade to ${to}`, "after the backends"],
      [null, "nothing", "already there"],
    ]);
    for (const { because } of its.nodes) expect(because).not.toContain(", then ");
  });
});

describe("one frontend only needs consent", () => {
  const ask = (allowDowntime: string | null) => reasons(plan(site(1), {}, { allowDowntime }));
  test("which names its version", () => {
    expect(ask(null)).toEqual([
      expect.stringMatching(
        /^downtime: .*the only frontend that serves clients is out of service while it is upgraded$/,
      ),
    ]);
    expect(ask("15.9.0")).toEqual([expect.stringMatching(/^downtime: .*another version/)]);
    expect(ask(to)).toEqual([]);
    expect(reasons(plan(site(2)))).toEqual([]);
  });

  test("that for the backends does not stay for it, except on the way that began with it", () => {
    expect(ask("2.3.16")).toHaveLength(1);
    const ahead = { failover: "on", finished: true, ahead: [{ ...hop }] } as const;
    const cluster = site(1).record(ahead);
    expect(reasons(plan(cluster, {}, { allowDowntime: "2.3.16" }))).toEqual([]);
  });
});
