/** Out of service is seen before anything is deleted, and maintenance that was on before a run stays on after it. */
import type { Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { aRehearsal, asked, endProblems, harm, withMaintenance, without } from "./reindexRig";

const deleted = (r: Rehearsal) => r.sim.history.filter(({ argv }) => argv.includes("-delete")).length;

/** Calls `then` when a step begins, once. */
function at(r: Rehearsal, wanted: string, then: () => void): void {
  r.onEvent = (event) => {
    if (event.type !== "step-started" || event.step !== wanted) return;
    r.onEvent = undefined;
    then();
  };
}

describe("one that somebody opens again", () => {
  test.each([
    [
      "in maintenance",
      withMaintenance,
      (r: Rehearsal): void => void (r.sim.frontend("frontend-2").maintenance = false),
    ],
    ["stopped", without, (r: Rehearsal) => r.sim.frontend("frontend-2").serve(true)],
  ])(
    "(%s) stops the run before anything is deleted, and is closed by the next one",
    async (_how, version, open) => {
      const r = aRehearsal(undefined, version);
      at(r, "backend-1/delete-index", () => open(r));
      const text = check.textOf(await r.up(asked(r)));
      expect(text).toMatch(/backend-1\/delete-index: nothing is deleted: frontend-2 would answer clients/);
      expect(deleted(r)).toBe(0);
      expect(r.sim.frontends.map((each) => each.open)).toEqual([true, true]);
      expect([...endProblems(r, await r.up(asked(r))), ...harm(r)]).toEqual([]);
    },
  );

  test("in the middle of it: what is left is not deleted as long as it serves", async () => {
    const r = aRehearsal();
    at(r, "backend-2/delete-index", () => void (r.sim.frontend("frontend-2").maintenance = false));
    expect(check.textOf(await r.up(asked(r)))).toMatch(/^FRONTENDS ARE CLOSED[^]*maintenance on/);
    expect(deleted(r)).toBe(1);
    expect(check.textOf(await r.up(asked(r)))).toMatch(/frontend-2 would answer clients/);
    r.sim.frontend("frontend-2").maintenance = true;
    expect(endProblems(r, await r.up(asked(r)))).toEqual([]);
  });
});

describe("the load balancer", () => {
  const behind = (r: Rehearsal, port = 443) =>
    asked(r, undefined, { frontends: r.frontendsSpec({ loadBalancer: { host: "192.0.2.10", port } }) });

  test("that lets nobody in is no obstacle", async () => {
    const r = aRehearsal();
    r.sim.balancer = { host: "192.0.2.10", leadsElsewhere: false };
    expect([...endProblems(r, await r.up(behind(r))), ...harm(r)]).toEqual([]);
    expect(r.texts("note").filter((each) => each.includes("not verified"))).toEqual([]);
  });

  test("that still lets clients in, to a frontend that nobody listed, stops the run before anything is upgraded", async () => {
    const r = aRehearsal();
    r.sim.balancer = { host: "192.0.2.10", leadsElsewhere: true };
    const text = check.textOf(await r.up(behind(r)));
    expect(text).toMatch(
      /frontend-2\/close: .*load balancer 192\.0\.2\.10, asked from backend-1, answers with 200/,
    );
    expect(text).toMatch(/List every frontend behind it in `frontends\.nodes`/);
    expect([deleted(r), r.jobs.filter(({ kind }) => /install|upgrade/.test(kind))]).toEqual([0, []]);
    expect(r.sim.frontends.map((each) => each.open)).toEqual([true, true]);
    r.sim.balancer.leadsElsewhere = false;
    expect(endProblems(r, await r.up(behind(r)))).toEqual([]);
  });

  test("that lets them in later, too", async () => {
    const r = aRehearsal();
    r.sim.balancer = { host: "192.0.2.10", leadsElsewhere: false };
    at(r, "backend-1/delete-index", () => void (r.sim.balancer!.leadsElsewhere = true));
    expect(check.textOf(await r.up(behind(r)))).toMatch(
      /backend-1\/delete-index: every frontend is closed, and/,
    );
    expect(deleted(r)).toBe(0);
  });
});

describe("maintenance that was on before", () => {
  const stays = (r: Rehearsal) => r.sim.frontends.map((each) => each.maintenance);

  test("stays on; the others are opened", async () => {
    const r = aRehearsal();
    r.sim.frontend("frontend-2").maintenance = true;
    const result = await r.up(asked(r));
    expect(endProblems(r, result)).toEqual(["frontend-2 is closed"]);
    expect(stays(r)).toEqual([false, true]);
    expect(harm(r)).toEqual([]);
  });

  test("stays on where the run fails before anything is deleted", async () => {
    const r = aRehearsal();
    r.sim.frontend("frontend-2").maintenance = true;
    at(r, "frontend-2/close", () => {
      for (const { name } of r.sim.backends) r.sim.switches(name).installFails = { code: 7, message: "no" };
    });
    expect(check.textOf(await r.up(asked(r)))).toMatch(
      /frontend-1 opened to clients again; frontend-2 left in maintenance, which was on before/,
    );
    expect(stays(r)).toEqual([false, true]);
    // By then it was ended by hand.
    r.sim.frontend("frontend-2").maintenance = false;
    for (const { name } of r.sim.backends) r.sim.switches(name).installFails = null;
    expect(endProblems(r, await r.up(asked(r)))).toEqual([]);
  });

  test("stays on wherever a run is lost", async () => {
    const places = ["frontend-2/close", "backend-1/delete-index", "cluster/reindex", "frontend-2/open"];
    for (const place of places) {
      const r = aRehearsal();
      r.sim.frontend("frontend-2").maintenance = true;
      const client = r.client();
      at(r, place, () => client.kill());
      await expect(r.up(asked(r), client)).rejects.toThrow("killed");
      await r.clock.advance(200_000);
      expect([place, ...endProblems(r, await r.up(asked(r)))]).toEqual([place, "frontend-2 is closed"]);
      expect(stays(r)).toEqual([false, true]);
    }
  });
});

test("one that sends clients away, and knows no maintenance that a command ends, is started again", async () => {
  const r = aRehearsal(undefined, without);
  r.sim.frontend("frontend-2").maintenance = true;
  expect(endProblems(r, await r.up(asked(r)))).toEqual(["frontend-2 is closed"]);
  expect(r.sim.frontend("frontend-2").serving).toBe(true);
});

test("frontends of two releases: each is closed in the way it knows", async () => {
  const r = aRehearsal(undefined, withMaintenance);
  const mixed = aRehearsal(undefined, withMaintenance, {
    frontends: r.sim.frontends.map(({ name, ip }, at) => ({
      name,
      ip,
      version: [withMaintenance, without][at],
    })),
  });
  expect([...endProblems(mixed, await mixed.up(asked(mixed))), ...harm(mixed)]).toEqual([]);
  const closing = mixed.commands().filter((each) => /^frontend-\d (maintenance|stop|start)/.test(each));
  expect(closing).toEqual([
    "frontend-1 maintenance on",
    "frontend-2 stop",
    "frontend-1 maintenance off",
    "frontend-2 start",
  ]);
});

test("a frontend on port 8443 with Automate down is closed, reindexed by, and opened", async () => {
  const r = aRehearsal();
  Object.assign(r.sim.switches("frontend-1"), { sslPort: 8443, automate: "down" });
  expect([...endProblems(r, await r.up(asked(r))), ...harm(r)]).toEqual([]);
  expect(r.texts("note").filter((each) => each.includes("not verified"))).toEqual([]);
});
