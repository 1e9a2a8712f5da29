import { fromSql, knife, rig, server } from "./rig";

const folder = "/srv/backup";
const vip = ["-s", "https://192.168.33.120"] as const;
const backup = [knife, "ec", "backup", folder, ...fromSql] as const;
const restore = [knife, "ec", "restore", folder, ...fromSql] as const;
const node1 = "organizations/acme/nodes/acme-node-1.json";

/** Both systems, the old one stopped and its backup made. */
async function backedUp() {
  const both = rig();
  await both.setUp();
  await both.stopOld();
  await both.ok("old-backend-1", ...backup);
  return both;
}

test("a backup holds every object, in the gem's layout and words", async () => {
  const { ok, files, sim, stopOld } = rig();
  await stopOld();
  const said = await ok("old-backend-1", ...backup);
  expect(said).toMatch(
    /^Downloading Users\nDownloading organization object for acme from https:\/\/localhost\//,
  );
  expect(said).toMatch(/^Copying \/nodes\nCreated \/nodes\/acme-node-1\.json$/m);
  expect(said).toMatch(/^\*\* Finished \*\*\n$/m);
  expect(files.list(folder)).toEqual([...sim.source.data.files.keys()].sort());
  const kinds = new Set(files.list(`${folder}/organizations/lab`).map((path) => path.split("/")[0]));
  expect([...kinds].sort()).toEqual([
    ...[
      "acls",
      "clients",
      "containers",
      "cookbook_artifacts",
      "cookbooks",
      "data_bags",
      "environments",
      "groups",
    ],
    ...["invitations.json", "members.json", "nodes", "org.json", "policies", "policy_groups", "roles"],
  ]);
});

test("who answers where: the active backend, the VIP, an open frontend; PostgreSQL not on a frontend's localhost", async () => {
  const { exec, sim, stopOld } = rig();
  const code = async (node: string, ...words: string[]) => (await exec(node, ...backup, ...words)).code;
  expect(await code("old-frontend-1", "--sql-host", "192.168.33.120")).toBe(0);
  expect((await exec("old-frontend-1", ...backup)).stderr).toContain('running on host "localhost"');
  await stopOld();
  expect((await exec("old-frontend-1", ...backup)).stderr).toContain("Network Error: Connection refused");
  expect(await code("old-frontend-1", ...vip)).toBe(100);
  expect(await code("old-frontend-1", ...vip, "--sql-host", "192.168.33.120")).toBe(0);
  expect(await code("old-backend-2")).toBe(100);
  expect(await code("old-backend-1")).toBe(0);
  expect(await code("frontend-1")).toBe(127);
  const during = sim.when("old-frontend-1", [knife], () => sim.nodeDown("old-backend-1"), 30);
  expect(await code("old-frontend-1", ...vip, "--sql-host", "192.168.33.120")).toBe(100);
  expect(during.fired).toBe(true);
});

test("options: unknown ones, a missing folder, no configuration file", async () => {
  const { exec } = rig();
  expect(await exec("old-backend-1", ...backup, "--all")).toMatchObject({
    code: 1,
    stderr: "Error: invalid option: --all\n",
  });
  expect((await exec("old-backend-1", knife, "ec", "backup")).code).toBe(1);
  expect((await exec("old-backend-1", knife, "ec", "backup", folder)).stderr).toContain(
    "No knife configuration file",
  );
  expect(await exec("old-backend-1", knife, "node", "list")).toMatchObject({
    code: 10,
    stderr: expect.stringContaining("Cannot find subcommand") as string,
  });
});

test("stopping matters: what clients create during a backup is not in it", async () => {
  const { ok, sim, setUp } = rig();
  await setUp();
  await ok("old-backend-1", ...backup);
  await ok("frontend-1", ...restore);
  expect(sim.source.backups).toMatchObject([{ serving: ["old-frontend-1", "old-frontend-2"] }]);
  expect(sim.source.created).toEqual(["organizations/acme/nodes/acme-late-1.json"]);
  expect(sim.lost).toEqual(expect.arrayContaining(sim.source.created));
  expect(sim.accidents).toEqual([]);
});

test("restore: skips pivotal, can be run twice, purges only when it is told to", async () => {
  const { ok, exec, sim, files } = await backedUp();
  const said = await exec("frontend-1", ...restore);
  expect(said.stderr).toMatch(/^WARNING: Skipping pivotal user/m);
  expect(said.stdout).toMatch(/^Restoring organization\[acme\]$/m);
  sim.source.data.remove(node1);
  files.files.delete(`${folder}/${node1}`);
  await ok("frontend-1", ...restore);
  expect([sim.lost, sim.surplus]).toEqual([[], [node1]]);
  await ok("frontend-1", ...restore, "--purge");
  expect([sim.lost, sim.surplus, sim.accidents]).toEqual([[], [], []]);
  expect(sim.target.data.users).toContain("pivotal");
});

test("without the database's rows the backup has neither passwords nor keys", async () => {
  const { ok, files, stopOld } = rig();
  await stopOld();
  await ok("old-backend-1", knife, "ec", "backup", folder, "-c", "/etc/opscode/pivotal.rb");
  expect(files.list(folder).filter((path) => /^key_/.test(path))).toEqual([]);
});

test("an accident: restoring into a server that has organizations of its own", async () => {
  const { ok, sim } = await backedUp();
  sim.target.data.put("organizations/own/org.json", { name: "own" });
  await ok("frontend-1", ...restore);
  expect(sim.accidents).toEqual(["frontend-1: knife ec restore ran into a server that has own already"]);
});

test("a restore asks where the group of clients does not fit", async () => {
  const { exec, files, run } = await backedUp();
  files.files.delete(`${folder}/organizations/acme/clients/acme-node-1.json`);
  expect(await exec("frontend-1", ...restore)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("missing clients in acme") as string,
  });
  expect((await run("frontend-1", restore, { stdin: "Y\n" })).code).toBe(0);
  expect((await exec("frontend-1", ...restore, "--yes")).code).toBe(0);
});

test.each(["backup", "restore"] as const)(
  "knife ec %s ends with 0 although an object failed, and tells so",
  async (what) => {
    const { exec, sim, ok, setUp, stopOld, files } = rig();
    await setUp();
    await stopOld();
    const node = what === "backup" ? "old-backend-1" : "frontend-1";
    sim.switches(node).knifeErrors = [node1];
    if (what === "restore") await ok("old-backend-1", ...backup);
    const { code, stdout } = await exec(node, ...(what === "backup" ? backup : restore));
    expect(code).toBe(0);
    const report = files.list(`${folder}/errors`);
    expect(report).toEqual([expect.stringMatching(new RegExp(`^${what}-\\d{4}-.*\\.json$`))]);
    expect(stdout).toContain(`Error(s) Summary file located at: '${folder}/errors/${report[0]}'`);
    if (what === "backup") await ok("frontend-1", ...restore);
    expect(sim.lost).toEqual([node1]);
  },
);

test("an object can be lost without a word", async () => {
  const { ok, sim } = await backedUp();
  sim.switches("frontend-1").knifeLoses = [node1];
  expect(await ok("frontend-1", ...restore)).not.toContain("Error");
  expect(sim.lost).toEqual([node1]);
});

test("a backup and a restore that fail half-way can be run again", async () => {
  const { exec, ok, sim, setUp, stopOld, files } = rig();
  await setUp();
  await stopOld();
  const failure = { code: 100, message: "ERROR: Net::ReadTimeout: Net::ReadTimeout" };
  sim.switches("old-backend-1").knifeBackupFails = failure;
  expect(await exec("old-backend-1", ...backup)).toMatchObject({
    code: 100,
    stderr: expect.stringContaining("ReadTimeout") as string,
  });
  expect(files.list(folder).some((path) => path.startsWith("organizations/lab/"))).toBe(false);
  sim.switches("old-backend-1").knifeBackupFails = null;
  await ok("old-backend-1", ...backup);
  sim.switches("frontend-1").knifeRestoreFails = failure;
  expect((await exec("frontend-1", ...restore)).code).toBe(100);
  expect(sim.lost.length).toBeGreaterThan(0);
  sim.switches("frontend-1").knifeRestoreFails = null;
  await ok("frontend-1", ...restore);
  expect([sim.lost, sim.accidents]).toEqual([[], []]);
});

test("a restore ends when the cluster is gone in the middle of it", async () => {
  const { exec, sim, files } = await backedUp();
  sim.when("frontend-1", [knife], () => ["backend-1", "backend-2"].forEach((node) => sim.nodeDown(node)), 30);
  expect((await exec("frontend-1", ...restore)).code).toBe(100);
  expect(files.list(folder).length).toBeGreaterThan(0);
});

test("knife tidy server report: three files for each organization in the working folder, nothing overwritten unasked", async () => {
  const { run, files, sim, exec } = rig();
  const words = [knife, "tidy", "server", "report", "-c", "/etc/opscode/pivotal.rb"];
  const said = await run("old-backend-1", words, { cwd: "/root/tidy" });
  expect(said).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Writing to \/root\/tidy\/reports directory\n/) as string,
  });
  const kinds = ["cookbook_count", "stale_nodes", "unused_cookbooks"];
  const names = ["acme", "lab"].flatMap((name) => kinds.map((kind) => `${name}_${kind}.json`));
  expect(files.list("/root/tidy/reports")).toEqual(names);
  const read = (name: string) =>
    JSON.parse(Buffer.from(files.read(`/root/tidy/reports/${name}`)!).toString()) as unknown;
  expect(read("acme_stale_nodes.json")).toMatchObject({
    org_total_node_count: 6,
    count: 1,
    list: ["acme-node-4"],
  });
  expect(read("lab_cookbook_count.json")).toEqual({ "cookbook-1": 2, "cookbook-2": 2, "cookbook-3": 2 });
  const both = ["1.0.0", "2.0.0"];
  expect(read("lab_unused_cookbooks.json")).toEqual({ "cookbook-2": both, "cookbook-3": both });
  expect((await run("old-backend-1", words, { cwd: "/root/tidy" })).code).toBe(3);
  expect((await run("old-backend-1", [...words, "-y"], { cwd: "/root/tidy" })).code).toBe(0);
  expect((await exec("old-backend-1", knife, "tidy", "server", "report", "--help")).code).toBe(0);
  sim.switches("old-backend-1").knifeMissing = ["tidy"];
  expect((await exec("old-backend-1", knife, "tidy", "server", "report", "--help")).code).toBe(10);
});

test("a stopped server is started again, and clients write again", async () => {
  const { ok, sim, stopOld } = rig();
  await stopOld();
  await ok("old-frontend-2", server, "start");
  expect(sim.source.serving).toEqual(["old-frontend-2"]);
});
