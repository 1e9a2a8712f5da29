/** Where the parts of the frontends' work meet: another version in the next run, hands between two runs, draining, the reindex. */
import { Balancer } from "../../lab/simulation/balancer";
import type { UpgradeSpec } from "../../provider/plan/spec";
import * as check from "./checks";
import { allProblems, Site, target } from "./frontendsRig";
import * as rig from "./reindexRig";
import { packageAt, type Rehearsal } from "../support/rehearsal";

const other = "15.9.38";
const at = (version: string) => ({
  version,
  packageFile: { path: packageAt("chef-server-core", version), staging: null, stagedKiB: 0 },
});
const drain = { command: "drain", undo: "undrain", wait: 0 };
const open = (r: Rehearsal) => r.sim.frontends.map((each) => each.open);
function site(given: object = {}) {
  const r = new Site({ from: "14.16.19", ...given });
  r.layOn(other);
  return r;
}
function balance(r: Rehearsal) {
  const balancer = new Balancer(r.sim);
  r.runHere = async (line, { FRONTEND: name = "" }) => (
    balancer[line as "drain" | "undrain"](name),
    { code: 0, output: "" }
  );
  return balancer;
}
async function killedAt(r: Site, step: string, change: Partial<UpgradeSpec>) {
  const client = r.client();
  r.at(step, () => client.kill());
  expect(await check.upOrKilled(r, change, client)).toBeNull();
  await r.clock.advance(60_000);
}

test("closed for the reindex of A, killed; B refused once, then allowed: both get B, one after another", async () => {
  const r = site();
  await killedAt(r, "cluster/reindex", r.asked(at(other), { allowDowntime: other }));
  expect((await r.up(r.asked(at(target), { allowDowntime: other }))).failure).not.toBeNull();
  expect(check.recordOf(r)!.done).toEqual([]);
  // Of A and of B there is an upgrade each.
  expect(
    allProblems(r, await r.up(r.asked(at(target)))).filter(
      (each) => !/upgrade-frontend was started again/.test(each),
    ),
  ).toEqual([]);
});

test.each(["frontend-1", "frontend-2"])(
  "drain: the upgrade of %s to A fails; the user takes B",
  async (name) => {
    const r = site();
    const balancer = balance(r);
    r.sim.switches(name).frontendUpgradeFails = { code: 1, message: "a bug of A" };
    await r.up(r.asked({ ...at(other), drain, skipReindex: other }));
    r.sim.switches(name).frontendUpgradeFails = null;
    const text = check.textOf(await r.up(r.asked({ ...at(target), drain, skipReindex: target })));
    expect([text, open(r), balancer.cutOff]).toEqual(["", [true, true], []]);
  },
);

test.each([
  ["before the next run", "kill"],
  ["while it runs", "go on"],
])("frontends' hop: one that is opened by hand at the reindex (%s) stops it", async (_when, how) => {
  const r = site();
  const opens = () => {
    r.sim.frontend("frontend-1").maintenance = false;
    r.sim.changed();
  };
  if (how === "kill") {
    await killedAt(r, "cluster/reindex", r.asked());
    opens();
  } else r.at("cluster/reindex", opens);
  await r.run();
  expect(r.sim.emptySearchSeconds).toBe(0);
});

test.each([null, rig.oneHop])(
  "finished by hand as the first line says: the next run serves no empty index",
  async (way) => {
    const r: Rehearsal = way ? rig.aRehearsal(way) : site();
    const up = () => (way ? r.up(rig.asked(r, way)) : (r as Site).run());
    r.sim.switches("frontend-1").reindexFails = { code: 1, message: "no" };
    await up();
    r.sim.switches("frontend-1").reindexFails = null;
    for (const each of r.sim.organizations) r.sim.search.indexed(each);
    r.sim.search.complete = true;
    for (const each of r.sim.frontends) each.maintenance = false;
    r.sim.changed();
    await up();
    expect(r.sim.emptySearchSeconds).toBe(0);
  },
);

test("maintenance that was ended by hand since its upgrade: it is open at the end", async () => {
  const r = site();
  r.sim.frontend("frontend-2").maintenance = true;
  r.at("frontend-1/close", () => void (r.sim.frontend("frontend-2").maintenance = false));
  expect((await r.run()).failure).toBeNull();
  expect([r.texts("note"), open(r)]).toEqual([[], [true, true]]);
});

test("stopped by us, then frontends.version is unset: not well, and not forgotten", async () => {
  const r = site({ count: 1 });
  r.sim.switches("frontend-1").frontendUpgradeFails = { code: 1, message: "no" };
  await r.up(r.asked({ ...at(other), skipReindex: other }, { allowDowntime: other }));
  const result = await r.up({ frontends: r.frontendsSpec() });
  expect([check.textOf(result), check.recordOf(r)!.finished, open(r)]).not.toEqual(["", true, [false]]);
});

test("drain: backups are forgotten as without it where nothing was changed", async () => {
  const r = rig.aRehearsal(rig.rebuildFirst);
  balance(r);
  const want = rig.asked(r, rig.rebuildFirst, { frontends: r.frontendsSpec({ drain }) });
  r.sim.switches("frontend-2").controlFails = null;
  r.onEvent = (event) =>
    void (
      event.type === "step-started" &&
      event.step === "frontend-2/close" &&
      (r.sim.switches("frontend-2").controlFails = "no")
    );
  await r.up(want);
  r.onEvent = undefined;
  r.sim.switches("frontend-2").controlFails = null;
  await r.clock.advance(24 * 3_600_000);
  expect((await r.up(want)).failure).toBeNull();
  expect(r.commands().filter((each) => each.includes("backup --timeout"))).toHaveLength(2);
});

test("acceptPartialIndex opens the frontends whatever the lines say", async () => {
  const r = site();
  r.sim.switches("frontend-1").reindexSays = " Caught error with the message {badmatch,pang}";
  await r.run();
  await r.up(r.asked({}, { acceptPartialIndex: r.sim.organizations.map((each) => `${each}@${target}`) }));
  expect(open(r)).toEqual([true, true]);
});

test("a reindex that the preview shows is done, also where backends come in between", async () => {
  const r = new Site({ version: "2.1.0" });
  r.layOn(other);
  await killedAt(r, "frontend-1/close", r.asked(at(other), { version: "2.1.0", allowDowntime: other }));
  const plan = await check.wholePlanOf(r, r.asked(at(target)));
  expect(plan.hops.at(-1)!.downtime).toMatch(/all frontends are closed/);
  await r.up(r.asked(at(target)));
  expect(r.commands().filter((each) => each.includes("reindex"))).toHaveLength(1);
});

test("in maintenance before, its upgrade to A fails, B: it stays in maintenance, and is upgraded", async () => {
  const r = site({ count: 3 });
  r.sim.frontend("frontend-2").maintenance = true;
  r.sim.switches("frontend-2").frontendUpgradeFails = { code: 1, message: "no" };
  await r.up(r.asked({ ...at(other), skipReindex: other }));
  r.sim.switches("frontend-2").frontendUpgradeFails = null;
  expect(check.textOf(await r.up(r.asked({ ...at(target), skipReindex: target })))).toBe("");
});

test("the index is deleted: what a later part lacks closes nobody any longer", async () => {
  const r = rig.aRehearsal(rig.oneHop, "14.16.19");
  r.lay(target, "chef-server-core");
  const client = r.client();
  let once = false;
  r.onEvent = (event) => {
    if (once || event.type !== "step-started" || event.step !== "backend-3/delete-index") return;
    once = true;
    r.clock.setTimer(3000, () => client.kill());
  };
  await check.upOrKilled(r, rig.asked(r), client);
  await r.clock.advance(100_000);
  await r.up(
    rig.asked(r, rig.oneHop, { frontends: r.frontendsSpec({ ...at(target), acceptLicense: true }) }),
  );
  expect([r.sim.search.complete, open(r)]).toEqual([true, [true, true]]);
});
