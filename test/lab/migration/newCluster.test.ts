import { accepted, ctl, rig, server } from "./rig";

test("a machine without a package, and one with it that belongs to no cluster", async () => {
  const { exec, ok, install, packages, sim } = rig();
  expect((await exec("backend-1", ctl, "cluster-status")).code).toBe(127);
  const mine = ["/etc/chef-backend/chef-backend.rb", "/var/opt/opscode/bootstrapped"];
  expect((await exec("backend-1", "stat", "-c", "%n", ...mine)).code).toBe(1);
  expect((await exec("backend-1", "find", "/var/opt/chef-backend", "-mindepth", "1")).code).toBe(1);
  await install("backend-1", packages.backend);
  expect(await ok("backend-1", ctl, "version")).toBe("2.3.16\n");
  for (const command of ["cluster-status", "status", "gen-server-config"])
    expect((await exec("backend-1", ctl, command)).stderr).toContain("does not belong to a cluster");
  await install("frontend-1", packages.server);
  expect((await exec("frontend-1", server, "status")).stderr).toContain("reconfigure first");
  expect((await exec("frontend-1", "curl", "-ksS", "https://localhost/_status")).code).toBe(7);
  expect([sim.target.leader, sim.target.members]).toEqual([null, []]);
  sim.nodeDown("backend-1");
  sim.nodeUp("backend-1");
  expect(sim.target.outOfService()).toEqual([]);
});

test("create and join, one after another: each takes part once it is in step", async () => {
  const { ok, create, join, sim, seconds } = rig();
  await create();
  expect(await ok("backend-1", ctl, "status")).toContain("leader: 1; waiting: 0; follower: 0; total: 1");
  expect(
    await ok(
      "backend-1",
      "find",
      "/var/opt/chef-backend",
      "-mindepth",
      "1",
      "-maxdepth",
      "1",
      "-printf",
      "%f\\n",
    ),
  ).toBe("elasticsearch\netcd\nleaderl\npostgresql\n");
  await join("backend-2");
  await join("backend-3");
  expect(await ok("backend-2", ctl, "status")).toContain("nodes online: 3/3");
  expect(await ok("backend-3", ctl, "cluster-status")).toMatch(
    /^backend-1 +192\.168\.33\.215 +\w+ +leader /m,
  );
  expect(await ok("backend-2", "stat", "-c", "%a %U", "/etc/chef-backend/chef-backend-secrets.json")).toBe(
    "600 root\n",
  );
  expect(sim.target.givenSecrets.map(({ node }) => node)).toEqual(["backend-2", "backend-3"]);
  sim.nodeDown("backend-1");
  await seconds(60);
  expect(["backend-2", "backend-3"]).toContain(sim.target.leader);
  expect(sim.accidents).toEqual([]);
});

test("create-cluster and join-cluster refuse what the vendor's page says they refuse", async () => {
  const { ok, exec, files, lay, install, create, packages, secrets, sim } = rig();
  const fails = async (node: string, words: string[], why: string) =>
    expect(await exec(node, ctl, ...words)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(why) as string,
    });
  await ok("backend-2", "dpkg", "-i", packages.backend);
  await fails("backend-2", ["create-cluster", "--yes"], "--accept-license");
  await fails("backend-2", ["create-cluster", "--accept-license"], "--yes");
  await fails("backend-2", ["create-cluster", "--force", ...accepted], "invalid option");
  await fails("backend-2", ["create-cluster", ...accepted], "publish_address");
  await lay("backend-2", "/etc/chef-backend/chef-backend.rb", "publish_address '10.9.9.9'\n");
  await fails("backend-2", ["create-cluster", ...accepted], "does not exist on this node");
  await fails(
    "backend-2",
    ["create-cluster", "-p", "192.168.33.216", ...accepted],
    "--publish-address cannot",
  );
  await create();
  await install("backend-2", packages.backend);
  const join = (peer: string, path: string) => ["join-cluster", peer, "-s", path, ...accepted];
  await fails("backend-2", join("192.168.33.99", secrets), "no node of a cluster answers");
  await fails("backend-2", join("192.168.33.215", "/nowhere"), "no valid secrets file");
  files.write("/root/other.json", "{}");
  await fails("backend-2", join("192.168.33.215", "/root/other.json"), "does not accept the secrets");
  await ok("backend-2", ctl, ...join("192.168.33.215", secrets));
  await fails("backend-2", join("192.168.33.215", secrets), "--recovery");
  expect(sim.accidents).toEqual([]);
});

test("accidents: a second create-cluster; joins beside each other", async () => {
  const { exec, start, clock, create, install, packages, secrets, sim } = rig();
  await create();
  await install("backend-2", packages.backend);
  await install("backend-3", packages.backend);
  expect((await exec("backend-2", ctl, "create-cluster", ...accepted)).code).toBe(1);
  const join = (node: string) =>
    start(node, [ctl, "join-cluster", "192.168.33.215", "-s", secrets, ...accepted]);
  const both = await clock.run(Promise.all([join("backend-2"), join("backend-3")]));
  expect(both.map(({ code }) => code)).toEqual([0, 1]);
  expect((await clock.run(join("backend-3"))).code).toBe(1);
  expect(sim.accidents).toEqual([
    "backend-2: create-cluster ran where a cluster is",
    "backend-3: join-cluster ran while backend-2 was joining",
    "backend-3: join-cluster ran while backend-2 was joining",
  ]);
});

test("a join that fails leaves the cluster as it was, and can be run again; one that is killed, too", async () => {
  const { exec, create, install, join, packages, secrets, sim, clock, start, seconds } = rig();
  await create();
  await install("backend-2", packages.backend);
  const words = [ctl, "join-cluster", "192.168.33.215", "-s", secrets, ...accepted];
  sim.switches("backend-2").setupFails = { code: 1, message: "etcd did not start" };
  expect(await exec("backend-2", ...words)).toMatchObject({ code: 1, stderr: "etcd did not start\n" });
  expect(sim.target.members.map(({ name }) => name)).toEqual(["backend-1"]);
  sim.switches("backend-2").setupFails = null;
  const kill = new AbortController();
  const killed = start("backend-2", words, { signal: kill.signal });
  await seconds(20);
  kill.abort();
  expect((await clock.run(killed)).signal).toBe("SIGKILL");
  await join("backend-2");
  expect([sim.target.healthy, sim.accidents]).toEqual([true, []]);
  sim.switches("backend-3").rejoinFails = "waiting_for_leader";
  await join("backend-3");
  expect(sim.target.outOfService()).toEqual(["backend-3"]);
});

test("gen-server-config needs a cluster and a name; its file goes where -f says", async () => {
  const { ok, exec, create, files } = rig();
  await create();
  const text = await ok("backend-1", ctl, "gen-server-config", "fe.example.com");
  expect(text).toMatch(/^fqdn "fe\.example\.com"$/m);
  expect(text).toMatch(/db_superuser_password'\] = '[0-9a-f]{60}'/);
  expect(await ok("backend-1", ctl, "gen-server-config", "fe.example.com", "-f", "/root/fe.rb")).toBe("");
  expect(Buffer.from(files.read("/root/fe.rb")!).toString()).toBe(text);
  expect((await exec("backend-1", ctl, "gen-server-config")).code).toBe(1);
});

test("further frontends need the first one's files; without them their reconfigure is an accident", async () => {
  const { ok, exec, lay, install, create, frontend, packages, sim } = rig();
  await create();
  await install("frontend-1", packages.server);
  expect((await exec("frontend-1", server, "reconfigure")).code).toBe(172);
  const reconfigure = (node: string) => exec(node, "env", "CHEF_LICENSE=accept", server, "reconfigure");
  expect((await reconfigure("frontend-1")).stderr).toContain("names no Chef Backend cluster");
  const config = await ok("backend-1", ctl, "gen-server-config", "fe.example.com");
  await lay(
    "frontend-1",
    "/etc/opscode/chef-server.rb",
    config.replace(/password'\] = '\w/, "password'] = '_"),
  );
  expect((await reconfigure("frontend-1")).stderr).toContain("password authentication failed");
  await frontend("frontend-1");
  expect(sim.target.unansweredSeconds).toBeGreaterThan(0);
  await install("frontend-2", packages.server);
  await lay("frontend-2", "/etc/opscode/chef-server.rb", config);
  const first = (path: string) => ok("frontend-1", "cat", path);
  const copy = async (path: string) => lay("frontend-2", path, await first(path));
  expect((await reconfigure("frontend-2")).code).toBe(1);
  await ok("frontend-2", "mkdir", "-p", "/var/opt/opscode/upgrades");
  await ok("frontend-2", "touch", "/var/opt/opscode/bootstrapped");
  expect((await reconfigure("frontend-2")).code).toBe(1);
  await copy("/etc/opscode/private-chef-secrets.json");
  expect((await reconfigure("frontend-2")).code).toBe(1);
  await copy("/var/opt/opscode/upgrades/migration-level");
  expect((await reconfigure("frontend-2")).code).toBe(0);
  const without = (what: string) => `frontend-2: its first reconfigure ran without ${what} of frontend-1`;
  expect(sim.accidents).toEqual(
    ["bootstrapped", "private-chef-secrets.json", "migration-level"].map(without),
  );
  expect(await ok("frontend-2", "curl", "-ksS", "https://localhost/_status")).toContain('"pong"');
});
