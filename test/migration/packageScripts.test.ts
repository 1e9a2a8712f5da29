/** The scriptlet rule of test/execute/packageScripts.test.ts, on the new machines. */
import { MigrationRig } from "./rig";

test.each([
  ["backend-2", "chef-backend", 'set `acceptFailedScripts: "2.3.16-1"`'],
  ["frontend-1", "chef-server-core", 'set `frontends.acceptFailedScripts: "15.9.38-1"`'],
])("a script fails on %s: stopped, and refused until %s is installed again", async (name, product, input) => {
  const r = new MigrationRig({ platform: "rpm" });
  const sim = r.node(name).sim;
  sim.switches(name).maintainerScript = "fail";
  for (let run = 0; run < 2; run++) {
    const { failure } = await r.up({ rehearse: true });
    expect(failure!.error.message).toMatch(new RegExp(`%post\\(${product}-.*\\) scriptlet failed`));
    expect(failure!.error.message).toContain(input);
  }
  expect((await r.refusals({ rehearse: true })).join("\n")).toContain("Script of the package failed");
  expect(r.commands().filter((each) => each.startsWith(name))).toHaveLength(1);
  sim.switches(name).maintainerScript = "none";
  await r.clock.advance(60_000);
  const version = name === "backend-2" ? "2.3.16" : "15.9.38";
  const argv = ["rpm", "-U", "--replacepkgs", r.packagePath(product, version)];
  expect(await r.clock.run(r.node(name).exec(argv))).toMatchObject({ code: 0 });
  expect((await r.up({ rehearse: true })).failure).toBeNull();
});

test("accepted for this build, it goes on to the end", async () => {
  const r = new MigrationRig({ platform: "rpm" });
  for (const name of ["backend-3", "frontend-2"]) r.node(name).sim.switches(name).maintainerScript = "fail";
  const spec = r.spec();
  const frontends = { ...spec.cluster.frontends, acceptFailedScripts: "15.9.38-1" };
  const { failure } = await r.up({
    cluster: { ...spec.cluster, acceptFailedScripts: "2.3.16-1", frontends },
  });
  expect(failure).toBeNull();
});
