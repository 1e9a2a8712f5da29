/** Add-ons of the frontends: told of in the preview, and reconfigured where the program asks for it. */
import type { FrontendsSpec } from "../../provider/plan/spec";
import * as check from "./checks";
import { allProblems, type Given, Site, target, wholeReindex, wholeUpgrade } from "./frontendsRig";

const addons = { "chef-manage": "3.2.20", "opscode-reporting": "1.8.0" };
const both = { "frontend-1": { addons }, "frontend-2": { addons: { "chef-manage": "3.2.20" } } };
const site = (given: Given = {}) => new Site({ change: both, ...given });
const asked = (r: Site, frontends: Partial<FrontendsSpec> = { reconfigureAddons: true }) =>
  r.asked(frontends, { allowDowntime: target });
const reconfigured = (name: string, ...all: string[]) =>
  all.flatMap((addon) => [`${name} reconfigure`, `${name} ${addon}-ctl reconfigure --accept-license`]);
const stale = (r: Site) =>
  r.sim.frontends.flatMap(({ name, staleAddons }) => staleAddons.map((each) => `${name} ${each}`));

describe.each(["deb", "rpm"] as const)("%s", (platform) => {
  test("the preview names them, and what is left to do", async () => {
    const r = site({ platform });
    const { warnings, steps } = await check.wholePlanOf(r, asked(r, {}));
    const told = warnings.filter((each) => each.includes("add-on"));
    const iteration = platform === "deb" ? "-1" : "-1.el7";
    expect(told).toEqual([
      `frontend-1, frontend-2: add-on Chef Manage 3.2.20${iteration}: after the upgrade to 15.10.12, install the release of it that fits, then run \`chef-server-ctl reconfigure\` and \`chef-manage-ctl reconfigure\`, or set \`frontends.addons\` to "reconfigure". Chef ended its life in February 2026 (https://docs.chef.io/versions/)`,
      expect.stringMatching(
        /^frontend-1: add-on Reporting 1\.8\.0.*for chef-server-core up to 12 only.*ended its life on December 31, 2018/,
      ),
    ]);
    expect(steps.some(({ kind }) => kind === "reconfigure-addon")).toBe(false);
    expect(allProblems(r, await r.up(asked(r, {})))).toEqual([]);
    expect(stale(r)).toEqual([
      "frontend-1 chef-manage",
      "frontend-1 opscode-reporting",
      "frontend-2 chef-manage",
    ]);
  });

  test("each is reconfigured once its frontend answers, before the next frontend is touched", async () => {
    const r = site({ platform });
    const { frontends } = await check.wholePlanOf(r, asked(r));
    expect(frontends[0]!.does).toMatch(/verify its answer, reconfigure Chef Manage, reconfigure Reporting$/);
    expect(allProblems(r, await r.up(asked(r)))).toEqual([]);
    expect(r.commands()).toEqual([
      ...[
        ...wholeUpgrade("frontend-1", true),
        ...reconfigured("frontend-1", "chef-manage", "opscode-reporting"),
      ],
      ...[...wholeUpgrade("frontend-2", false), ...reconfigured("frontend-2", "chef-manage")],
      ...wholeReindex(r),
    ]);
    expect(stale(r)).toEqual([]);
    expect(await r.up(asked(r))).toMatchObject({ touched: false, failure: null });
  });
});

test("none is installed: no warning, no step", async () => {
  const r = new Site();
  const { warnings, steps } = await check.wholePlanOf(r, asked(r));
  expect(warnings.filter((each) => each.includes("add-on"))).toEqual([]);
  expect(steps.some(({ kind }) => kind === "reconfigure-addon")).toBe(false);
});

test("not before 12.14.0, where a newer add-on damages the server's secrets", async () => {
  const r = site({ from: "12.4.1" });
  const { warnings, steps } = await check.wholePlanOf(
    r,
    asked(r, { reconfigureAddons: true, version: "12.13.0" }),
  );
  expect(steps.some(({ kind }) => kind === "reconfigure-addon")).toBe(false);
  expect(warnings.join("\n")).toMatch(/Reporting.*damage the secrets of a server before 12\.14\.0/);
});

test("the license is accepted for them only where it is for the server", async () => {
  const r = site({ from: "12.17.15" });
  r.layOn("12.19.31");
  const steps = (await check.wholePlanOf(r, asked(r, { reconfigureAddons: true, acceptLicense: false })))
    .steps;
  const own = steps.filter(({ kind }) => kind === "reconfigure-addon").map(({ commands }) => commands.at(-1));
  expect(own[0]).toEqual(["chef-manage-ctl", "reconfigure"]);
});

describe("one that fails is told; its frontend goes on serving, and the next run tries again", () => {
  const says =
    /^frontend-1\/reconfigure-chef-manage: [^]*frontend-1 itself is upgraded, and is left as it is/;

  test("with an exit status", async () => {
    const r = site();
    r.sim.switches("frontend-1").addonFails = { code: 1, message: "FATAL: bad manage.rb" };
    const text = check.textOf(await r.up(asked(r)));
    expect(text).toMatch(says);
    expect(text).toMatch(/ended with 1[^]*bad manage\.rb/);
    expect(r.sim.frontends.every(({ open }) => open)).toBe(true);
    expect(r.commands().filter((each) => each.startsWith("frontend-2"))).toEqual([]);
    const stops = () => r.commands().filter((each) => each === "frontend-1 stop").length;
    expect(stops()).toBe(1);
    r.sim.switches("frontend-1").addonFails = null;
    expect(allProblems(r, await r.up(asked(r)))).toEqual([]);
    expect([stops(), stale(r)]).toEqual([1, []]);
  });

  test("with 0 and a service that stays down", async () => {
    const r = site();
    r.sim.switches("frontend-1").addonDown = "worker";
    expect(check.textOf(await r.up(asked(r)))).toMatch(/chef-manage-ctl status shows worker down/);
    r.sim.switches("frontend-1").addonDown = null;
    expect(allProblems(r, await r.up(asked(r)))).toEqual([]);
  });

  test("or is given up: without it the upgrade goes on", async () => {
    const r = site();
    r.sim.switches("frontend-1").addonFails = { code: 1, message: "no" };
    await r.up(asked(r));
    expect(allProblems(r, await r.up(asked(r, {})))).toEqual([]);
    expect(stale(r)).toContain("frontend-1 chef-manage");
  });
});

test("a status that names no service says nothing: that is told", async () => {
  const r = site();
  r.sim.switches("frontend-1").prints["chef-manage-ctl status"] = { code: 1, message: "unknown command" };
  expect(allProblems(r, await r.up(asked(r)))).toEqual([]);
  expect(r.texts("note").join("\n")).toMatch(
    /services of chef-manage-ctl run on frontend-1 was not verified/,
  );
});

test("the client is killed in the middle of one: it is attached to, and each is done once", async () => {
  for (const seconds of [0.5, 4, 15]) {
    const r = site();
    const client = r.client();
    r.at("frontend-1/reconfigure-opscode-reporting", () => {
      r.clock.setTimer(seconds * 1000, () => client.kill());
    });
    expect(await check.upOrKilled(r, asked(r), client)).toBeNull();
    await r.clock.advance(60_000);
    expect(allProblems(r, await r.up(asked(r)))).toEqual([]);
    const [manage] = reconfigured("frontend-1", "chef-manage").slice(-1);
    expect(r.commands().filter((each) => each === manage)).toHaveLength(1);
    expect(stale(r)).toEqual([]);
  }
});
