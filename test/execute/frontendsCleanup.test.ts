import * as check from "./checks";
import { allProblems, Site, target, unanswered } from "./frontendsRig";

const cleaned = ["frontend-1 cleanup", "frontend-2 cleanup"];

/** Upgraded frontends, and what a program asks for that cleans up after it. */
async function upgraded(platform: "deb" | "rpm" = "deb") {
  const r = new Site({ platform });
  expect(allProblems(r, await r.run())).toEqual([]);
  const before = r.commands().length;
  return { r, asked: r.asked({ cleanup: target }), since: () => r.commands().slice(before) };
}

test.each(["deb", "rpm"] as const)("once, in a run of its own, and never again (%s)", async (platform) => {
  const { r, asked, since } = await upgraded(platform);
  expect(check.textOf(await r.up(asked))).toBe("");
  expect(since()).toEqual(cleaned);
  expect(await r.up(asked)).toMatchObject({ failure: null, touched: false });
  expect(await r.run()).toMatchObject({ failure: null, touched: false });
  expect(await r.up(asked)).toMatchObject({ failure: null, touched: false });
  expect(since()).toEqual(cleaned);
  expect(unanswered(r)).toBe(0);
});

test("never in the run that upgrades", async () => {
  const r = new Site();
  const result = await r.up(r.asked({ cleanup: target }));
  expect(check.textOf(result)).toMatch(/Cleanup is too early[^]*Nothing was changed/);
  expect(r.jobs).toEqual([]);
});

test("one that fails is done again, the others are not", async () => {
  const { r, asked, since } = await upgraded();
  r.sim.switches("frontend-2").controlFails = "ERROR: no";
  r.at("frontend-2/cleanup", () => undefined);
  const first = check.textOf(await r.up(asked));
  expect(first).toMatch(/frontend-2/);
  r.sim.switches("frontend-2").controlFails = null;
  expect(check.textOf(await r.up(asked))).toBe("");
  expect(since()).toEqual(cleaned);
});

describe("a license of which nothing is kept on the machines", () => {
  const forgotten = (r: Site) => r.sim.frontends.forEach((each) => (each.licenseAccepted = false));

  test("goes along with every command that asks for it", async () => {
    const { r, asked } = await upgraded();
    forgotten(r);
    expect(check.textOf(await r.up(asked))).toBe("");
  });

  test("that the program does not accept is refused, or told by who asks for it", async () => {
    const { r } = await upgraded();
    forgotten(r);
    const unaccepted = r.asked({ cleanup: target, acceptLicense: false });
    expect(check.textOf(await r.up(unaccepted))).toMatch(
      /License is not accepted \[license\][^]*Nothing was changed/,
    );
    r.sim.frontends.forEach((each) => (each.licenseAccepted = true));
    r.at("frontend-1/cleanup", () => forgotten(r));
    expect(check.textOf(await r.up(unaccepted))).toMatch(
      /ended with 1: Chef's license is not accepted on that machine\. Read it, then set `frontends\.acceptLicense: true`/,
    );
  });
});
