/** rpm, yum and dnf end with 0 though a script of the package has failed: nothing goes on with it until it is mended. */
import { packageFile } from "../../lab/simulation/packages/packageFile";
import type { MaintainerScript } from "../../lab/simulation/switches";
import { parseRecord } from "../../provider/cluster/record";
import { Rehearsal, rpmPath } from "../support/rehearsal";
import * as check from "./checks";
import { orderProblems, up as upWithDowntime, oldCluster } from "./downtimeRig";
import { Site } from "./frontendsRig";

const build = "chef-backend-2.3.16-1.el7.x86_64";
const post = `warning: %post(${build}) scriptlet failed, exit status 1`;

/** A cluster of rpm machines, on one of which a script of the new package fails. */
function failing(script: MaintainerScript, name = "backend-2"): Rehearsal {
  const r = new Rehearsal({ platform: "rpm" });
  r.sim.switches(name).maintainerScript = script;
  return r;
}

/** By hand, as the message says. */
async function installAgain(
  r: Rehearsal,
  name = "backend-2",
  script: MaintainerScript = "none",
): Promise<void> {
  r.sim.switches(name).maintainerScript = script;
  await r.clock.advance(60_000);
  const argv = ["rpm", "-U", "--replacepkgs", rpmPath];
  expect(await r.clock.run(r.node(name).exec(argv))).toMatchObject({ code: 0 });
}

const upgrades = (r: Rehearsal) => r.commands().filter((each) => / upgrade/.test(each));

test.each<[MaintainerScript, string]>([
  ["fail", post],
  ["fail posttrans", `warning: %posttrans(${build}) scriptlet failed, exit status 1`],
])("%s: stopped before `upgrade`, and refused until it is installed again", async (script, line) => {
  const r = failing(script);
  const first = check.textOf(await r.up());
  expect(first).toContain("Script of the package failed [script]\n  where: backend-2\n");
  expect(first).toContain(`seen:  ${line}\n`);
  expect(first).toMatch(/rpm: 2\.3\.16-1\.el7 is installed all the same/);
  expect(first).toMatch(/rpm -U --replacepkgs[^]*acceptFailedScripts: "2\.3\.16-1"/);
  expect(first).toMatch(/^FAILOVER IS OFF \(backend-2 is between installation and verified rejoin\)/);
  expect(upgrades(r)).toEqual([]);
  // Nothing is done in the runs after it, whoever starts them: above all no second installation.
  for (let run = 0; run < 7; run++) expect(check.textOf(await r.up())).toContain(line);
  expect(r.commands()).toEqual(["backend-1 set-cluster-failover off", "backend-2 install"]);
  await installAgain(r);
  expect(check.allProblems(r, await r.up())).toEqual([]);
  expect(check.count(r, "backend-2", /^install/)).toBe(1);
});

test("%pre: nothing was installed, so that the next run installs it", async () => {
  const r = failing("fail pre");
  const text = check.textOf(await r.up());
  expect(text).toMatch(/ended with 1, and backend-2 has 2\.1\.0-1\.el7 installed/);
  expect(text).toContain(`error: %prein(${build}) scriptlet failed, exit status 1`);
  expect(text).toContain("Failover is on.");
  r.sim.switches("backend-2").maintainerScript = "none";
  expect(check.allProblems(r, await r.up())).toEqual([]);
});

test("%preun of the old one: both are there, and the line stands beside them", async () => {
  const r = failing("fail preun");
  const line = "error: %preun(chef-backend-2.1.0-1.el7.x86_64) scriptlet failed, exit status 1";
  expect(check.textOf(await r.up())).toContain(`2.1.0-1.el7 and 2.3.16-1.el7; ${line}`);
  const again = check.textOf(await r.up());
  expect(again).toMatch(/Installation was interrupted \[interrupted\]/);
  expect(again).toContain(line);
  expect(upgrades(r)).toEqual([]);
});

test("%postun of the old one: the new one is whole", async () => {
  const r = failing("fail postun");
  expect(check.allProblems(r, await r.up())).toEqual([]);
});

test("it is accepted for this build: a note, and it goes on; another build's consent is none", async () => {
  const r = failing("fail");
  expect(check.textOf(await r.up({ acceptFailedScripts: "2.3.16-2" }))).toContain(post);
  expect(check.allProblems(r, await r.up({ acceptFailedScripts: "2.3.16-1" }))).toEqual([]);
  // What was upgraded with is settled: the consent may go.
  const jobs = r.jobs.length;
  expect((await r.up()).failure).toBeNull();
  expect(r.jobs).toHaveLength(jobs);
});

test("it is accepted beforehand: the run tells of it", async () => {
  const r = failing("fail");
  expect(check.allProblems(r, await r.up({ acceptFailedScripts: "2.3.16-1" }))).toEqual([]);
  expect(r.texts("note")).toContainEqual(`backend-2: ${post}: accepted, as the program says`);
});

test("a later build takes its place: it is installed over it", async () => {
  const r = failing("fail");
  await r.up();
  r.sim.switches("backend-2").maintainerScript = "none";
  const path = "/srv/next.rpm";
  for (const node of r.nodes)
    node.files.set(path, Buffer.from(packageFile({ version: "2.3.16-2", format: "rpm" })));
  const packages = { "2.3.16-2": { path, staging: null, stagedKiB: 0 } };
  const end = await r.up({ version: "2.3.16-2", packages });
  expect(end.failure).toBeNull();
  expect(new Set(Object.values(r.sim.installedVersions()))).toEqual(new Set(["2.3.16-2.el7"]));
});

test.each(["install", "record"] as const)("the client is killed before it can tell (%s)", async (when) => {
  const r = failing("fail");
  const client = r.client();
  client.state.onDone = (_node, operation) => {
    const job = r.jobs.find(({ kind }) => kind === "install");
    if (job && (when === "install" || (job.end !== null && operation === "writeRecord"))) client.kill();
  };
  expect(await check.upOrKilled(r, {}, client)).toBeNull();
  await r.clock.advance(120_000);
  expect(check.textOf(await r.up())).toContain(post);
  expect(upgrades(r)).toEqual([]);
});

test("the machine loses its own files: the record on the others tells", async () => {
  const r = failing("fail");
  await r.up();
  const node = r.node("backend-2");
  node.jobs.length = 0;
  node.record = "";
  expect(parseRecord(r.node("backend-1").record)!.failedScripts).toEqual({
    "backend-2": { build: "2.3.16-1.el7", installedAt: expect.any(Number) as number, line: post },
  });
  expect(check.textOf(await r.up())).toContain(post);
  await installAgain(r);
  expect(check.allProblems(r, await r.up())).toEqual([]);
});

test("the leader's: stopped before it hands over", async () => {
  const r = failing("fail", "backend-1");
  expect(check.textOf(await r.up())).toContain(post);
  expect(r.sim.leader).toBe("backend-1");
  await installAgain(r, "backend-1");
  expect(check.allProblems(r, await r.up())).toEqual([]);
});

test("full downtime: nothing is taken down with it", async () => {
  const r = oldCluster({ platform: "rpm" });
  r.sim.switches("backend-3").maintainerScript = "fail";
  expect(check.textOf(await upWithDowntime(r))).toContain(post);
  expect(check.textOf(await upWithDowntime(r))).toContain(post);
  expect(r.commands().filter((each) => /down|upgrade/.test(each))).toEqual([]);
  await installAgain(r, "backend-3");
  expect((await upWithDowntime(r)).failure).toBeNull();
  expect(orderProblems(r)).toEqual([]);
});

test("a frontend: out of service until it is mended or accepted", async () => {
  const r = new Site({ platform: "rpm" });
  r.sim.switches("frontend-1").maintainerScript = "fail";
  const first = check.textOf(await r.up(r.asked()));
  expect(first).toMatch(/%post\(chef-server-core-15\.10\.12-1\.el7\.x86_64\) scriptlet failed/);
  expect(first).toContain('frontends.acceptFailedScripts: "15.10.12-1"');
  expect(check.textOf(await r.up(r.asked()))).toContain("Script of the package failed [script]");
  expect(r.commands().filter((each) => /frontend-1 upgrade/.test(each))).toEqual([]);
  const end = await r.up(r.asked({ acceptFailedScripts: "15.10.12-1" }));
  expect(end.failure).toBeNull();
});
