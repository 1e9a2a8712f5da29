import { observeCluster } from "../../provider/observe/observeCluster";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import { MemoryMachine } from "../support/memoryMachine";
import { names, packageAt } from "../support/rehearsal";
import * as check from "./checks";
import { allProblems, problems, Site, target, wholeReindex, wholeUpgrade } from "./frontendsRig";

describe.each(["deb", "rpm"] as const)("%s", (platform) => {
  test.each([1, 2, 3])("%d frontends, by the vendor's procedure", async (count) => {
    const r = new Site({ platform, count });
    const result = await r.run(undefined, { allowDowntime: target });
    expect(allProblems(r, result)).toEqual([]);
    expect(r.commands()).toEqual([
      ...r.frontends.flatMap(({ name }, at) => wholeUpgrade(name, at === 0)),
      ...wholeReindex(r),
    ]);
    expect(result.touched).toBe(true);
    // The state that is handed on owes nothing.
    expect(result.state.nodes.every((node) => node.record?.finished)).toBe(true);
  });

  test("the exact commands", async () => {
    const r = new Site({ platform, count: 1 });
    await r.run(undefined, { allowDowntime: target });
    const file = packageAt("chef-server-core", target);
    const install =
      platform === "deb"
        ? ["dpkg", "--force-confdef", "--force-confold", "-iEG", file]
        : ["rpm", "-Uvh", "--nopostun", file];
    expect(r.sim.history.map(({ argv }) => argv)).toEqual([
      ["chef-server-ctl", "reconfigure"],
      ["chef-server-ctl", "stop"],
      install,
      ["chef-server-ctl", "upgrade"],
      ["chef-server-ctl", "start"],
      ["chef-server-ctl", "maintenance", "on"],
      ["chef-server-ctl", "reindex", "-a"],
      ["chef-server-ctl", "maintenance", "off"],
    ]);
    expect(r.sim.frontends[0]!.licenseAccepted).toBe(true);
  });

  test("in one `up` with the backends: they come first, and each is done once", async () => {
    const r = new Site({ platform, version: "2.1.0" });
    const result = await r.run();
    expect(allProblems(r, result)).toEqual([]);
    const first = r.commands().findIndex((each) => each.startsWith("frontend"));
    const last = r.commands().findLastIndex((each) => each.startsWith("backend"));
    expect(last).toBeLessThan(first);
    expect([r.sim.maxOut, r.sim.riskyStops]).toEqual([1, []]);
    expect(new Set(Object.values(r.sim.runningVersions())).size).toBe(1);
    expect(check.repeatedWork(r)).toEqual([]);
  });

  test("a second `up` does nothing", async () => {
    const r = new Site({ platform });
    await r.run();
    const done = r.commands().length;
    const again = await r.run();
    expect(again).toMatchObject({ failure: null, touched: false });
    expect(r.commands().length).toBe(done);
  });
});

describe("backends go to 3.x, with frontends that do not work with it", () => {
  const three = (r: Site) => {
    r.lay("3.1.1");
    const laid = { path: packageAt("chef-backend", "3.1.1"), staging: null, stagedKiB: 0 };
    return { version: "3.1.1", packages: { "3.1.1": laid } };
  };
  const at = (r: Site) => new Set(Object.values(r.sim.runningVersions()));
  const rest = (r: Site, count: number) =>
    [1, 2]
      .slice(0, count)
      .flatMap((n) => wholeUpgrade(`frontend-${n}`, n === 1))
      .concat(wholeReindex(r));

  test.each([null, "frontend-2/upgrade", "backend-2/upgrade"])(
    "the frontends come first, in one `up`, and each can be reconfigured afterwards; killed at %s",
    async (killedAt) => {
      const r = new Site({ from: "12.17.15" });
      const asked = three(r);
      if (killedAt) {
        const client = r.client();
        r.at(killedAt, () => client.kill());
        expect(await r.killed(client, asked)).toBe(true);
      }
      expect(allProblems(r, await r.run(undefined, asked))).toEqual([]);
      expect(r.commands().slice(0, rest(r, 2).length)).toEqual(rest(r, 2));
      expect([at(r), check.repeatedWork(r)]).toEqual([new Set(["3.1.1-1"]), []]);
      for (const { name } of r.frontends)
        expect(await r.clock.run(r.sim.exec(name, ["chef-server-ctl", "reconfigure"]))).toMatchObject({
          code: 0,
        });
    },
  );

  test.each([null, "13.1.13"])(
    "refused, with `frontends.version` %s, and nothing is touched",
    async (version) => {
      const r = new Site({ from: "12.17.15" });
      if (version) r.layOn(version);
      const path = packageAt("chef-server-core", version ?? target);
      const frontends = { version, packageFile: version ? { path, staging: null, stagedKiB: 0 } : null };
      const result = await r.up(r.asked(frontends, three(r)));
      expect(check.textOf(result)).toMatch(
        /^Elasticsearch too new for frontends \[frontendPath\]\n.*frontend-1, frontend-2\n[^]*13\.2\.0 or later[^]*Nothing was changed/,
      );
      expect(r.commands()).toEqual([]);
    },
  );

  test("they stand beside 3.x already: upgraded without the reconfigure that would fail", async () => {
    const r = new Site({ version: "3.1.1", from: "12.17.15" });
    const result = await r.run(undefined, three(r));
    expect(allProblems(r, result)).toEqual([]);
    expect(r.commands()).toEqual(rest(r, 2).filter((each) => !each.endsWith("reconfigure")));
  });
});

test("PostgreSQL, where a frontend asks for its release: a warning before, and its line in the error", async () => {
  const r = new Site();
  const config = "fqdn 'chef.example'\npostgresql['external'] = true # for the backends\n";
  r.node("frontend-2").files.set("/etc/opscode/chef-server.rb", Buffer.from(config));
  r.sim.switches("frontend-2").asksPostgres = true;
  const machines = [...r.nodes, ...r.frontends].map(
    (node) => new MemoryMachine(node, { dead: false, unreachable: new Set() }),
  );
  const spec = r.spec(r.asked());
  const plan = planUpgrade(spec, await r.clock.run(observeCluster(spec, machines, r.clock, "full")));
  expect(plan.refusals).toEqual([]);
  expect(plan.warnings).toContainEqual(
    expect.stringMatching(
      /^frontend-2: .*15\.10\.12 asks for PostgreSQL 9\.6 to 13, and the backends have 9\.5/,
    ),
  );
  expect(check.textOf(await r.run())).toMatch(
    /upgrade` on frontend-2 ended with 1: CSPG014: Chef Infra Server currently requires PostgreSQL version 9\.6 or greater\.\n/,
  );
});

test("the reason that reconfigure gave is quoted, however much stands behind it", async () => {
  const r = new Site();
  const reason = "Unsupported Elasticsearch version of 8. There is currently support for";
  const message = [reason, ...Array.from({ length: 20 }, (_, at) => `  trace ${at}`)].join("\n");
  r.sim.switches("frontend-1").reconfigureFails = { code: 1, message };
  expect(check.textOf(await r.run())).toContain(`reconfigure\` on frontend-1 ended with 1: ${reason}`);
});

test("the package may come by staging, to those that need it", async () => {
  const r = new Site({ change: { "frontend-2": { version: target } } });
  const source = packageAt("chef-server-core", target);
  const staging = {
    kind: "upload",
    source,
    sha256: r.node("frontend-1").sha256(source),
    file: "core.deb",
  } as const;
  const packageFile = { path: "core.deb", staging, stagedKiB: 1000 };
  const result = await r.up(r.asked({ packageFile }));
  expect(allProblems(r, result)).toEqual([]);
  const staged = "/var/lib/pulumi-chef-backend/packages/core.deb";
  expect(r.node("frontend-1").files.has(staged)).toBe(true);
  expect(r.node("frontend-2").files.has(staged)).toBe(false);
  expect(r.sim.history.some(({ argv }) => argv.at(-1) === staged)).toBe(true);
});

test("of one that somebody has upgraded by hand the others take the migration level", async () => {
  const r = new Site({ change: { "frontend-2": { version: target } } });
  expect(allProblems(r, await r.run())).toEqual([]);
  expect(r.commands()).toEqual([...wholeUpgrade("frontend-1", false), ...wholeReindex(r)]);
});

describe("of one that somebody has installed by hand, and not upgraded", () => {
  const byHand = (r: Site, name: string) => {
    const { packages } = r.sim.frontend(name);
    const installed = packages.find("chef-server-core")!;
    packages.replace({ ...installed, version: r.build(), installedAt: r.clock.now() });
  };
  /** Stopped first: until then its level is all that shows what it owes. */
  const own = (name: string, first: boolean) =>
    wholeUpgrade(name, first)
      .filter((each) => !/ (reconfigure|install)$/.test(each))
      .sort((a, b) => Number(b.endsWith("stop")) - Number(a.endsWith("stop")));

  test("the others take no migration level: its own `upgrade` is run first", async () => {
    const r = new Site();
    byHand(r, "frontend-2");
    expect(allProblems(r, await r.run())).toEqual([]);
    expect(r.commands()).toEqual([
      ...wholeUpgrade("frontend-1", true),
      ...own("frontend-2", false),
      ...wholeReindex(r),
    ]);
  });

  test("it is upgraded though the package lies on all of them", async () => {
    const r = new Site();
    for (const { name } of r.frontends) byHand(r, name);
    expect(allProblems(r, await r.run(), { reindexes: 0 })).toEqual([]);
    expect(r.commands()).toEqual([...own("frontend-1", true), ...own("frontend-2", false)]);
    expect(await r.run()).toMatchObject({ failure: null, touched: false });
  });
});

describe("`stop` and `start` end with the sum of what runit says of each service: what runs decides", () => {
  test("one service needs longer than runit waits: nothing is done twice", async () => {
    const r = new Site();
    for (const { name } of r.frontends)
      Object.assign(r.sim.switches(name), { stopTimesOut: "nginx", startTimesOut: "nginx" });
    expect(allProblems(r, await r.run())).toEqual([]);
    expect(r.commands()).toEqual([
      ...wholeUpgrade("frontend-1", true),
      ...wholeUpgrade("frontend-2", false),
      ...wholeReindex(r),
    ]);
  });

  test.each([
    ["stop", "bookshelf, haproxy, .* on frontend-1 still runs"],
    ["start", "bookshelf, haproxy, .* on frontend-1 is down"],
  ])("a `%s` that did nothing is given once more before it has failed", async (word, says) => {
    const failing = (times: number) => {
      const r = new Site();
      const node = r.node("frontend-1");
      const carryOut = node.carryOut.bind(node);
      node.carryOut = (argv, io, kind) =>
        argv.at(-1) === word && times-- > 0
          ? Promise.resolve({ code: 3, stdout: "", stderr: "" })
          : carryOut(argv, io, kind);
      return r;
    };
    const once = failing(1);
    expect(allProblems(once, await once.run())).toEqual([]);
    const twice = failing(2);
    expect(check.textOf(await twice.run())).toMatch(
      new RegExp(`chef-server-ctl ${word}.? on frontend-1 ended with 3, and ${says}`),
    );
    expect(problems(twice, await twice.run())).toEqual([]);
  });
});

test("without a version nothing is done to them, whatever is done to the backends", async () => {
  const r = new Site({ version: "2.1.0" });
  const result = await r.up({ frontends: r.frontendsSpec() });
  expect(result.failure).toBeNull();
  expect(r.jobs.filter((job) => !names.some((name) => name === job.node))).toEqual([]);
});

describe("one that cannot be reached", () => {
  test("is no obstacle to a rolling update of the backends", async () => {
    const r = new Site({ version: "2.1.0", from: target });
    r.sim.nodeDown("frontend-2");
    const result = await r.run();
    expect(check.textOf(result)).toBe("");
    expect(new Set(Object.values(r.sim.runningVersions()))).toEqual(new Set(["2.3.16-1"]));
    expect(r.jobs.some((job) => job.node.startsWith("frontend"))).toBe(false);
  });

  test("is one to the frontends' upgrade, which then does not even begin with the backends", async () => {
    for (const version of ["2.1.0", "2.3.16"]) {
      const r = new Site({ version });
      r.sim.nodeDown("frontend-2");
      expect(check.textOf(await r.run())).toMatch(/where: frontend-2\n.*is down[^]*Nothing was changed/);
      expect(r.jobs).toEqual([]);
    }
  });
});

describe("what would forbid the frontends' part is told before the backends' part begins", () => {
  const cases: [string, (r: Site) => ReturnType<Site["asked"]>, RegExp][] = [
    ["the license", (r) => r.asked({ acceptLicense: false }), /License is not accepted/],
    ["no package", (r) => r.asked({ packageFile: null }), /input `frontends\.packageFile`/],
    ["no direct way", (r) => r.asked({ version: "13.0.0" }), /`frontends\.version` is 13\.0\.0/],
  ];
  test.each(cases)("%s", async (_what, asked, says) => {
    const r = new Site({ version: "2.1.0" });
    expect(check.textOf(await r.up(asked(r)))).toMatch(says);
    expect(r.jobs).toEqual([]);
  });
});

test("one that stopped answering while the backends were updated: the other one is left alone", async () => {
  const r = new Site({ version: "2.1.0" });
  r.at("backend-3/install", () => r.sim.frontend("frontend-2").serve(false));
  const result = await r.run();
  expect(check.textOf(result)).toMatch(/Frontend does not answer .*\n.*where: frontend-2\n/);
  expect(r.commands().filter((each) => each.startsWith("frontend"))).toEqual([]);
  expect([r.sim.healthy, r.sim.failover, r.mostOut]).toEqual([true, true, 1]);
  r.sim.frontend("frontend-2").serve(true);
  r.mostOut = 0;
  expect(allProblems(r, await r.run())).toEqual([]);
});
