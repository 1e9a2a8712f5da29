import { rig, ctl } from "./rig";

const names = ["backend-1", "backend-2", "backend-3"];
const wipe = ["find", "/var/opt/chef-backend/elasticsearch/data", "-xdev", "-mindepth", "1", "-delete"];

test("2.x with an index of 2.3.1 to 3.x: rebuilt on 2.x first, then rolled, and everything is found at the end", async () => {
  const { sim, exec, put, seconds } = rig({ version: "2.3.16", indexCreatedBy: "2.3.1" });
  const good = async (node: string, ...argv: string[]) =>
    expect([argv, (await exec(node, ...argv)).code]).toEqual([argv, 0]);
  const file = put({ version: "3.1.1" });
  await good("frontend-1", "chef-server-ctl", "maintenance", "on");
  await good("backend-1", ctl, "set-cluster-failover", "off");
  for (const node of names) await good(node, ctl, "stop", "elasticsearch");
  for (const node of names) await good(node, ...wipe);
  for (const node of names) await good(node, ctl, "start", "elasticsearch");
  await seconds(60);
  expect(sim).toMatchObject({ healthy: true, search: { index: null } });
  await good("frontend-1", "chef-server-ctl", "reconfigure");
  await good("frontend-1", "chef-server-ctl", "reindex", "acme");
  await good("frontend-1", "chef-server-ctl", "reindex", "-a");
  await good("frontend-1", "chef-server-ctl", "maintenance", "off");
  expect(sim.search).toMatchObject({ index: { createdBy: "5.6.16" }, complete: true });
  for (const node of ["backend-2", "backend-3"]) {
    await good(node, "dpkg", "-i", file);
    await good(node, ctl, "upgrade");
    await seconds(60);
  }
  await good("backend-1", "dpkg", "-i", file);
  await good("backend-1", ctl, "set-cluster-failover", "on");
  await good("backend-1", ctl, "upgrade", "--failover");
  await seconds(60);
  expect(sim).toMatchObject({ healthy: true, emptySearchSeconds: 0, accidents: [], leader: "backend-2" });
});

test("the other way round the first follower is without Elasticsearch, and stays so", async () => {
  const { sim, exec, put, seconds } = rig({ version: "2.3.16", indexCreatedBy: "2.3.1" });
  await exec("backend-1", ctl, "set-cluster-failover", "off");
  await exec("backend-2", "dpkg", "-i", put({ version: "3.1.1" }));
  for (let tries = 0; tries < 2; tries++) {
    expect((await exec("backend-2", ctl, "upgrade")).code).toBe(1);
    await seconds(600);
    expect([sim.outOfService(), sim.backend("backend-2").synced]).toEqual([["backend-2"], true]);
  }
});

test("a node whose data was forgotten stays outside; the others have a new index without it", async () => {
  const { sim, exec, put, seconds } = rig({ version: "2.3.16", indexCreatedBy: "2.3.1" });
  const file = put({ version: "3.1.1" });
  for (const node of ["backend-2", "backend-3", "backend-1"]) {
    await exec(node, "dpkg", "-i", file);
    await exec(node, ctl, "upgrade");
    await seconds(60);
  }
  for (const node of names) await exec(node, ctl, "stop", "elasticsearch");
  for (const node of ["backend-1", "backend-2"]) await exec(node, ...wipe);
  for (const node of names) await exec(node, ctl, "start", "elasticsearch");
  await seconds(60);
  await exec("frontend-1", "chef-server-ctl", "reconfigure");
  expect(sim.search.index).toEqual({ createdBy: "6.8.23" });
  expect([sim.outOfService(), sim.search.colour]).toEqual([["backend-3"], "yellow"]);
});
