/** The scriptlet rule of test/execute/packageScripts.test.ts, where `rpm -Uvh` installs on all machines at once. */
import { problems, Site, textOf } from "./rig";

const upgradesOf = (r: Site, name: string) => r.commands().filter((each) => each === `${name} upgrade`);

test("scripts fail on two machines: stopped before `upgrade`, one reason that names both", async () => {
  const r = new Site({ platform: "rpm" });
  const [first, second] = ["frontend-1", "frontend-2"];
  r.sim.switches(first).maintainerScript = "fail";
  r.sim.switches(second).maintainerScript = "fail posttrans";
  const text = textOf(await r.up());
  expect(text).toContain("Script of the package failed [script]\n  where: frontend-1, frontend-2\n");
  expect(text).toMatch(/%post\(private-chef-.*\) scriptlet failed/);
  expect(text).toMatch(/%posttrans\(private-chef-.*\) scriptlet failed/);
  expect(upgradesOf(r, first)).toEqual([]);
  expect(await r.refusals()).toEqual(
    expect.arrayContaining([expect.stringContaining("Script of the package failed")]),
  );
  expect(textOf(await r.up())).toContain("[script]");
  expect(upgradesOf(r, first)).toEqual([]);
  for (const name of [first, second]) {
    r.sim.switches(name).maintainerScript = "none";
    await r.clock.advance(60_000);
    await r.clock.run(r.node(name).exec(["rpm", "-U", "--replacepkgs", r.path]));
  }
  expect((await r.up()).failure).toBeNull();
});

test("accepted for this build, it goes on; %pre stops it with nothing installed there", async () => {
  const r = new Site({ platform: "rpm" });
  r.sim.switches("backend-2").maintainerScript = "fail";
  const [build] = /\d+\.\d+\.\d+/.exec(r.path)!;
  const accepts = { acceptFailedScripts: `${build}-1` };
  expect(problems(r, await r.up(accepts))).toEqual([]);
  expect(r.texts("note").join()).toMatch(/%post\(.*scriptlet failed.*accepted, as the program says/);

  const other = new Site({ platform: "rpm" });
  other.sim.switches("backend-2").maintainerScript = "fail pre";
  expect(textOf(await other.up())).toMatch(/%prein\(.*\) scriptlet failed, exit status 1/);
  other.sim.switches("backend-2").maintainerScript = "none";
  expect((await other.up()).failure).toBeNull();
});

test("the client is killed while it installs: the next run finds what was printed", async () => {
  const r = new Site({ platform: "rpm" });
  r.sim.switches("backend-2").maintainerScript = "fail";
  const client = r.client();
  r.onEvent = (event) => {
    if (event.type === "step-started" && /install$/.test(event.step))
      r.clock.setTimer(2000, () => client.kill());
  };
  expect(await r.killed(client)).toBe(true);
  expect(textOf(await r.up())).toContain("[script]");
  expect(upgradesOf(r, "backend-2")).toEqual([]);
});
