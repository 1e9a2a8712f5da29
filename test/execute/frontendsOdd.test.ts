/** Frontends that are not as all others: Automate down, another port, in maintenance, tested, started again and again. */
import * as check from "./checks";
import { allProblems, Site, unanswered } from "./frontendsRig";

function automateDown(r: Site): void {
  for (const { name } of r.sim.frontends) r.sim.switches(name).automate = "down";
}

test.each([
  ["before", (r: Site) => automateDown(r)],
  ["in the middle", (r: Site) => r.at("frontend-1/install", () => automateDown(r))],
])("Automate that goes down %s strands nobody, though each /_status fails", async (_when, arrange) => {
  const r = new Site();
  arrange(r);
  expect(allProblems(r, await r.run())).toEqual([]);
  expect(unanswered(r)).toBe(0);
});

test("Automate down lets nothing else through", async () => {
  const r = new Site({ count: 3 });
  automateDown(r);
  r.sim.frontend("frontend-3").serve(false);
  expect(check.textOf(await r.run())).toMatch(/Frontend does not answer .*\n.*where: frontend-3\n/);
  expect(r.jobs).toEqual([]);
});

test("one on port 8443 is asked there, and nowhere else", async () => {
  const r = new Site();
  r.sim.switches("frontend-2").sslPort = 8443;
  expect(allProblems(r, await r.run(), { reindexes: 1 })).toEqual([]);
});

describe("maintenance that is on stays on", () => {
  const inMaintenance = (count: number) => {
    const r = new Site({ count, from: "14.16.19" });
    r.sim.frontend("frontend-2").maintenance = true;
    return r;
  };

  test("where two others serve, nobody is asked", async () => {
    const r = inMaintenance(3);
    const result = await r.run();
    expect(r.sim.frontend("frontend-2").maintenance).toBe(true);
    expect(allProblems(r, result)).toEqual(["frontend-2 does not serve"]);
    expect(unanswered(r)).toBe(0);
  });

  test("where it leaves one that serves, its standstill needs consent", async () => {
    const r = inMaintenance(2);
    expect(check.textOf(await r.run(undefined, { allowDowntime: null }))).toMatch(/Downtime not approved/);
    expect(r.jobs).toEqual([]);
    const result = await r.run(undefined, { allowDowntime: "15.10.12" });
    expect(result.failure).toBeNull();
    expect(r.sim.frontends.map((each) => each.maintenance)).toEqual([false, true]);
  });

  test("also where a run is lost in its middle", async () => {
    const r = inMaintenance(3);
    const client = r.client();
    r.at("frontend-2/install", () => client.kill());
    expect(await r.killed(client)).toBe(true);
    const result = await r.run();
    expect(allProblems(r, result)).toEqual(["frontend-2 does not serve"]);
    expect(r.sim.frontend("frontend-2").maintenance).toBe(true);
  });

  test("one that sends clients away since its upgrade, and did not before, is not upgraded", async () => {
    const r = new Site({ from: "14.16.19" });
    r.at("frontend-1/upgrade", () => void (r.sim.frontend("frontend-1").maintenance = true));
    expect(check.textOf(await r.run())).toMatch(/frontend-1\/verify: .*sends clients away with 503/);
    r.sim.frontend("frontend-1").maintenance = false;
    expect((await r.run()).failure).toBeNull();
  });
});

test("a 503 of a moment, as without Redis, is neither maintenance nor a reason against anything", async () => {
  const r = new Site({ from: "14.16.19" });
  const first = r.sim.frontend("frontend-1");
  for (const step of ["stop", "verify"]) {
    const before = r.onEvent;
    r.onEvent = (event) => {
      before?.(event);
      if (event.type !== "step-started" || event.step !== `frontend-1/${step}`) return;
      first.maintenance = true;
      r.clock.setTimer(3000, () => void (first.maintenance = false));
    };
  }
  expect(allProblems(r, await r.run())).toEqual([]);
});

test("one whose services are started again and again is not done until they stay", async () => {
  const r = new Site();
  const node = r.sim.frontend("frontend-1");
  const until = { at: 0 };
  const crash = () => {
    node.serve(false);
    node.serve(true);
    if (r.clock.now() < until.at) r.clock.setTimer(3000, crash);
  };
  r.at("frontend-1/verify", () => {
    until.at = r.clock.now() + 120_000;
    crash();
  });
  expect(allProblems(r, await r.run())).toEqual([]);
  expect(r.texts("waiting")).toContainEqual(expect.stringMatching(/was started again a moment ago/));
  expect(r.jobs.find(({ node: name }) => name === "frontend-2")!.at).toBeGreaterThan(until.at);
});

describe("the smoke test", () => {
  const tested = (r: Site) => r.asked({ smokeTest: true });

  test("comes after the start, on each", async () => {
    const r = new Site();
    expect(allProblems(r, await r.up(tested(r)))).toEqual([]);
    const done = r.commands().filter((each) => each.startsWith("frontend-2"));
    expect(done[done.indexOf("frontend-2 test") - 1]).toBe("frontend-2 start");
  });

  test.each(["", "0 examples, 0 failures\n"])(
    "that ends with 0 and %j has tested nothing",
    async (prints) => {
      const r = new Site();
      r.sim.switches("frontend-1").prints.test = prints;
      expect(check.textOf(await r.up(tested(r)))).toMatch(
        /frontend-1\/test: it ended with 0, but ran no test/,
      );
      delete r.sim.switches("frontend-1").prints.test;
      expect(allProblems(r, await r.up(tested(r)))).toEqual([]);
    },
  );

  test("that fails is told, and run again alone; without it the upgrade is done", async () => {
    const r = new Site();
    r.sim.switches("frontend-1").smokeTestFails = "Search API";
    const first = check.textOf(await r.up(tested(r)));
    expect(first).toMatch(/frontend-1\/test: .*`chef-server-ctl test` on frontend-1 ended with 1/);
    expect(first).toMatch(/Search API[^]*frontend-1 serves, and its test has not passed/);
    expect(r.sim.frontend("frontend-1").open).toBe(true);
    const begun = r.commands().length;
    expect(check.textOf(await r.up(tested(r)))).toMatch(/frontend-1\/test/);
    expect(r.commands().slice(begun)).toEqual(["frontend-1 test"]);
    expect(allProblems(r, await r.run())).toEqual([]);
  });
});
