import { rig, ctl } from "./rig";

const data = "/var/opt/chef-backend/elasticsearch/data";
const wipe = (folder = data) => ["find", folder, "-xdev", "-mindepth", "1", "-delete"] as const;
const settings = "http://localhost:9200/chef/_settings/index.version.created*?pretty&human";
const names = ["backend-1", "backend-2", "backend-3"];

test.each([
  ["1.2.4", "2.3.1"],
  ["1.4.40", "2.3.1"],
  ["2.0.30", "5.4.1"],
  ["2.1.0", "5.6.16"],
  ["2.3.16", "5.6.16"],
  ["3.0.0", "6.8.23"],
])("Chef Backend %s runs Elasticsearch %s, which made the index", async (version, release) => {
  const { exec, sim } = rig({ version });
  const root = JSON.parse((await exec("backend-2", "curl", "-sS", "localhost:9200/")).stdout) as object;
  expect(root).toMatchObject({ version: { number: release }, tagline: "You Know, for Search" });
  expect(sim.search).toMatchObject({ index: { createdBy: release }, complete: true });
  expect(sim.healthy).toBe(true);
});

test("what answers is the running Elasticsearch, not the installed one", async () => {
  const { exec, put } = rig({ version: "2.1.0" });
  const number = async () =>
    /"number": "(.*)"/.exec((await exec("backend-2", "curl", "localhost:9200")).stdout)?.[1];
  await exec("backend-2", "dpkg", "-i", put({ version: "3.1.1" }));
  expect(await number()).toBe("5.6.16");
  await exec("backend-2", ctl, "upgrade");
  expect(await number()).toBe("6.8.23");
});

test("an Elasticsearch that cannot open the index ends at once, and `upgrade` waits for it in vain", async () => {
  const { exec, sim, put, seconds } = rig({ version: "2.3.16", indexCreatedBy: "2.3.1" });
  await exec("backend-2", "dpkg", "-i", put({ version: "3.1.1" }));
  expect(await exec("backend-2", ctl, "upgrade")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("has not rejoined") as string,
  });
  expect([sim.outOfService(), sim.search.colour]).toEqual([["backend-2"], "yellow"]);
  const { stdout } = await exec("backend-1", ctl, "cluster-status");
  expect(stdout).toMatch(/^backend-2 .* follower +follower +offline/m);
  expect((await exec("backend-2", "curl", "-sS", "localhost:9200/")).code).toBe(7);
  expect((await exec("backend-2", "cat", "/var/log/chef-backend/elasticsearch/current")).stdout).toMatch(
    /^java\.lang\.IllegalStateException: The index \[\[chef\/\S+\]\] was created with version \[2\.3\.1\] but the minimum compatible version is \[5\.0\.0\]\. It should be re-indexed in Elasticsearch 5\.x before upgrading to 6\.8\.23\.$/m,
  );
  await exec("backend-2", ctl, "stop", "elasticsearch");
  await exec("backend-2", ...wipe());
  await exec("backend-2", ctl, "start", "elasticsearch");
  await seconds(60);
  // It starts, and those who have the old index do not let it in.
  expect(sim).toMatchObject({ accidents: [], search: { colour: "yellow", index: { createdBy: "2.3.1" } } });
  expect(sim.outOfService()).toEqual(["backend-2"]);
});

test("an index of the release before is opened; a replica waits for further nodes of the new one", async () => {
  const { exec, sim, put, seconds } = rig({ version: "2.3.16", indexCreatedBy: "5.4.1" });
  const shards = async () => {
    const { stdout } = await exec("backend-1", "curl", "-sS", "localhost:9200/_cluster/health?level=shards");
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  await exec("backend-2", "dpkg", "-i", put({ version: "3.1.1" }));
  expect((await exec("backend-2", ctl, "upgrade")).code).toBe(0);
  await seconds(600);
  expect([sim.outOfService(), sim.search.colour]).toEqual([[], "yellow"]);
  expect(await shards()).toMatchObject({
    ...{ status: "yellow", number_of_data_nodes: 3, initializing_shards: 0, relocating_shards: 0 },
    ...{
      unassigned_shards: 1,
      indices: { chef: { shards: { 0: { status: "yellow", primary_active: true } } } },
    },
  });
  for (const node of ["backend-3", "backend-1"]) {
    await exec(node, "dpkg", "-i", put({ version: "3.1.1" }));
    await exec(node, ctl, "upgrade");
  }
  await seconds(60);
  expect(sim.healthy).toBe(true);
  expect(await shards()).toMatchObject({ status: "green", unassigned_shards: 0 });
});

test("what lies beside it is listed, closed indices without a health, and deleted with it", async () => {
  const { exec, sim } = rig({ version: "2.3.16", indexCreatedBy: "5.6.16" });
  sim.search.foreign = [{ name: "logs", createdBy: "2.4.6", health: "green", closed: true }];
  const ask = async (path: string) =>
    (await exec("backend-1", "curl", "-sS", `localhost:9200/${path}`)).stdout;
  expect(await ask("_cat/indices?h=health,status,index")).toBe("green  open  chef\n       close logs\n");
  expect(JSON.parse(await ask("_all/_settings/index.version.created*?human"))).toEqual({
    chef: { settings: { index: { version: { created: "5061699", created_string: "5.6.16" } } } },
    logs: { settings: { index: { version: { created: "2040699", created_string: "2.4.6" } } } },
  });
  for (const node of names) await exec(node, ctl, "stop", "elasticsearch");
  for (const node of names) await exec(node, ...wipe());
  expect(sim.search.foreign).toEqual([]);
});

test("deleted everywhere: no index, until a frontend's reconfigure; complete after reindex -a", async () => {
  const { exec, sim, seconds } = rig({ version: "3.0.0", indexCreatedBy: "5.6.16" });
  const server = (...words: string[]) => exec("frontend-1", "chef-server-ctl", ...words);
  await server("maintenance", "on");
  for (const node of names) await exec(node, ctl, "stop", "elasticsearch");
  for (const node of names) await exec(node, ...wipe());
  for (const node of names) await exec(node, ctl, "start", "elasticsearch");
  await seconds(60);
  expect(sim.search).toMatchObject({ index: null, complete: false });
  expect(JSON.parse((await exec("backend-1", "curl", "-sS", settings)).stdout)).toMatchObject({
    error: { type: "index_not_found_exception" },
    status: 404,
  });
  expect(await exec("backend-1", "curl", "-fsS", settings)).toMatchObject({ code: 22, stdout: "" });
  expect((await server("reindex", "acme")).stderr).toContain("reconfigure");
  await server("reconfigure");
  expect(sim.search).toMatchObject({ index: { createdBy: "6.8.23" }, complete: false });
  expect((await exec("backend-1", "curl", "-sS", settings)).stdout).toContain('"created_string": "6.8.23"');
  expect((await server("reindex", "acme")).stdout).toContain("Sending all data for organization 'acme'");
  expect(sim.search.complete).toBe(false);
  expect((await server("reindex", "-a")).stdout).toContain("Sending all data for organization 'lab'");
  expect(sim.search.complete).toBe(true);
  await server("maintenance", "off");
  expect(sim).toMatchObject({ emptySearchSeconds: 0, accidents: [], healthy: true });
});

test("a frontend that is open meanwhile is counted", async () => {
  const { exec, sim, seconds } = rig();
  for (const node of names) await exec(node, ctl, "stop", "elasticsearch");
  for (const node of names) await exec(node, ...wipe());
  const before = sim.emptySearchSeconds;
  await seconds(30);
  expect(sim.emptySearchSeconds - before).toBe(30);
  await exec("frontend-1", "chef-server-ctl", "stop");
  const stopped = sim.emptySearchSeconds;
  await seconds(30);
  expect(sim.emptySearchSeconds).toBe(stopped);
});

test("deleting below a running Elasticsearch is an accident, and takes the node out until it is restarted", async () => {
  const { exec, sim, seconds } = rig();
  await exec("backend-3", ...wipe());
  expect(sim.accidents).toEqual(["backend-3: the search index was deleted below a running Elasticsearch"]);
  await seconds(600);
  expect(sim.outOfService()).toEqual(["backend-3"]);
  await exec("backend-3", ctl, "restart", "elasticsearch");
  await seconds(60);
  expect(sim).toMatchObject({ healthy: true, search: { index: { createdBy: "5.6.16" }, complete: true } });
});

test("a data folder that is a link: find does not go through it, readlink says where it leads", async () => {
  const { exec, sim, start, clock } = rig();
  const has = () => sim.backend("backend-1").indexData !== null;
  await exec("backend-1", ctl, "stop", "elasticsearch");
  expect((await exec("backend-1", "stat", "-c", "%F", data)).stdout).toBe("directory\n");
  expect((await exec("backend-1", "readlink", "-f", data)).stdout).toBe(`${data}\n`);
  sim.switches("backend-1").dataFolderLink = "/mnt/search";
  expect((await exec("backend-1", "readlink", "-f", data)).stdout).toBe("/mnt/search\n");
  expect((await exec("backend-1", "stat", "-c", "%F", data)).stdout).toBe("symbolic link\n");
  expect((await exec("backend-1", "stat", "-Lc", "%F", "/mnt/search")).stdout).toBe("directory\n");
  expect([(await exec("backend-1", ...wipe())).code, has()]).toEqual([0, true]);
  const other = await clock.run(start("backend-1", wipe("/mnt/search"), { user: "chef" }));
  expect([other.code, has()]).toEqual([1, true]);
  expect([(await exec("backend-1", ...wipe("/mnt/search"))).code, has()]).toEqual([0, false]);
});

test("the simulation's find deletes nothing else; other folders are the real program's", async () => {
  const { exec, sim } = rig();
  const { stderr } = await exec("backend-1", ...wipe("/var/opt/chef-backend"));
  expect([stderr, sim.backend("backend-1").indexData]).toEqual([
    expect.stringContaining("does not delete"),
    "5.6.16",
  ]);
  expect((await exec("backend-1", "find", data, "-delete")).code).toBe(1);
  expect(
    (await exec("backend-1", "find", "/var/opt/chef-backend/x", "-mindepth", "1", "-delete")).stderr,
  ).toContain("No such file or directory");
  for (const argv of [
    ["find", "/tmp", "-delete"],
    ["find", "-L", "."],
    ["readlink", "-f", "/tmp/x"],
    ["cp", "/tmp/x", "/tmp/y"],
  ])
    expect(await sim.exec("backend-1", argv)).toBe("passthrough");
});
