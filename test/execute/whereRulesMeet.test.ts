/** Where two rules meet: what each of them takes for granted of the other. */
import { VirtualClock } from "../../lab/simulation/virtualClock";
import { parseBackendConfig } from "../../provider/chef/cluster/backendConfig";
import { awaitHealthy } from "../../provider/execute/awaitHealthy";
import { chooseTool } from "../../provider/observe/rpmChoice";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import { aCluster, threeBackends } from "../support/aCluster";
import { names, Rehearsal } from "../support/rehearsal";
import { backendConfig, MigrationRig, newBackends } from "../migration/rig";
import * as rig from "./reindexRig";
import * as check from "./checks";

const three: rig.Way = { from: "2.3.16", index: "5.6.16", to: "3.1.1" };
const rebuildOnly: rig.Way = { from: "3.1.1", index: "5.6.16", to: "3.1.1" };

test.each(["rebuildFirst", "rebuildIndex"])(
  "runit is dead on one backend: nothing is deleted (%s)",
  async (what) => {
    const way = what === "rebuildFirst" ? rig.rebuildFirst : rebuildOnly;
    const r = rig.aRehearsal(way);
    r.sim.switches("backend-2").runsvdirDead = true;
    const change = what === "rebuildFirst" ? {} : { rebuildIndex: "3.1.1" };
    const result = await r.up(rig.asked(r, way, change));
    expect(check.textOf(result)).toMatch(/\[runit\]/);
    expect(r.commands()).toEqual([]);
  },
);

test("somebody else's index is not deleted, though an earlier run has left an open record", async () => {
  const r = rig.aRehearsal(rig.rebuildFirst);
  for (const name of names) r.sim.switches(name).backupFails = { code: 1, message: "no space" };
  await r.up(rig.asked(r, rig.rebuildFirst));
  for (const name of names) r.sim.switches(name).backupFails = null;
  r.sim.search.foreign = [{ name: "kibana", createdBy: "5.6.16", health: "green" }];
  const result = await r.up(rig.asked(r, rig.rebuildFirst));
  expect(check.textOf(result)).toMatch(/\[searchIndices\]/);
  expect(r.sim.search.foreign).toHaveLength(1);
});

test("the same by a record of before, which did not ask", async () => {
  const r = rig.aRehearsal({ ...three, index: "2.3.1" });
  rig.ofUpgradingFirst(r);
  r.sim.search.foreign = [{ name: "kibana", createdBy: "5.6.16", health: "green" }];
  const result = await r.up(rig.asked(r, three));
  expect(check.textOf(result)).toMatch(/\[searchIndices\]/);
  expect([r.sim.search.foreign.length, r.sim.frontends.every((each) => each.open)]).toEqual([1, true]);
});

test("a record of before: once the frontends serve, a follower is back only when its Elasticsearch is", async () => {
  const r = rig.aRehearsal({ ...three, index: "2.3.1" });
  rig.ofUpgradingFirst(r);
  r.onEvent = (event) => {
    if (event.type === "step-started" && event.step === "backend-2/rejoin")
      r.sim.backend("backend-2").stop(["elasticsearch"]);
  };
  await r.up(rig.asked(r, three));
  expect(r.commands()).not.toContain("backend-3 install");
});

test("a record of before, lost when Elasticsearch is stopped on all: the index goes before anything is installed", async () => {
  const r = rig.aRehearsal({ ...three, index: "2.3.1" });
  rig.ofUpgradingFirst(r);
  const client = r.client();
  r.onEvent = (event) => {
    if (event.type === "step-started" && event.step === "backend-1/delete-index") client.kill();
  };
  await expect(r.up(rig.asked(r, three), client)).rejects.toThrow("killed");
  r.onEvent = undefined;
  await r.clock.advance(3_600_000);
  expect(check.textOf(await r.up(rig.asked(r, three)))).toBe("");
});

test("one backend without curl: not found out with failover off", async () => {
  const r = rig.aRehearsal(three);
  r.sim.switches("backend-3").prints = { curl: { code: 127, message: "sh: curl: not found" } };
  await r.up(rig.asked(r, three, { allowDowntime: null }));
  expect(r.sim.failover).toBe(true);
});

test("a cluster that loses its leader again and again is not waited for without end", async () => {
  const clock = new VirtualClock();
  const none = aCluster().waiting("backend-1").waiting("backend-2").waiting("backend-3").state();
  const sick = aCluster().leader("backend-1").follower("backend-2").waiting("backend-3").state();
  let n = 0;
  const observe = async () => {
    const startedAt = clock.now();
    await clock.sleep(10_000);
    if (n > 5000) throw new Error("waits without end");
    return { ...(n++ % 15 === 0 ? none : sick), startedAt, endedAt: clock.now() };
  };
  const wait = { restarted: ["backend-3"], statusInterval: 15, timeout: 900, onWaiting: () => undefined };
  expect(await clock.run(awaitHealthy({ clock, observe, firstReading: observe, ...wait }))).toMatchObject({
    healthy: false,
  });
});

test.each([1, 2])("a migration to backends that require %d followers", async (required) => {
  const m = new MigrationRig();
  for (const name of newBackends) m.sim.switches(name).requiredFollowers = required;
  const result = await m.up({
    backendConfig: `${backendConfig}leaderl.required_active_followers ${required}\n`,
  });
  expect(result.failure).toBeNull();
});

test.each(["disk", "licenseMarker", "watermark"])(
  "%s stands in the way of the roll: told before the frontends are closed for the rebuild",
  async (code) => {
    const r = rig.aRehearsal(rig.rebuildFirst);
    const s = r.sim.switches("backend-2");
    if (code === "disk") s.diskFree = { "/": 40 * 1024 * 1024, "/opt": 100 * 1024 };
    if (code === "licenseMarker") s.hiddenFiles = ["/var/opt/chef-backend/.license.accepted"];
    if (code === "watermark") s.diskFree = { "/": 10 * 1024 * 1024 };
    const result = await r.up(rig.asked(r, rig.rebuildFirst));
    expect(check.textOf(result)).toContain(`[${code}]`);
    expect(r.commands()).toEqual([]);
  },
);

/** A rebuild that ends before anything is deleted. */
async function brokenOff(): Promise<Rehearsal> {
  const r = rig.aRehearsal(rebuildOnly);
  r.onEvent = (event) => {
    if (event.type === "step-started" && event.step === "backend-1/delete-index")
      r.sim.switches("backend-1").dataFolderLink = "/data/es";
  };
  await r.up(rig.asked(r, rebuildOnly, { rebuildIndex: "3.1.1" }));
  r.onEvent = undefined;
  r.sim.switches("backend-1").dataFolderLink = null;
  await r.clock.advance(7 * 86_400_000);
  return r;
}

test("a rebuild that was broken off, and is not asked for any more, wants no downtime", async () => {
  const r = await brokenOff();
  expect(
    check.textOf(await r.up(rig.asked(r, rebuildOnly, { rebuildIndex: null, allowDowntime: null }))),
  ).toBe("");
});

test("a rebuild in next week's window makes a backup of its own", async () => {
  const r = await brokenOff();
  const before = r.commands().length;
  await r.up(rig.asked(r, rebuildOnly, { rebuildIndex: "3.1.1" }));
  expect(r.commands().slice(before).join()).toContain("backup");
});

test("an unfinished backend is finished, though its intervals cannot be told", async () => {
  const r = new Rehearsal();
  const client = r.client();
  r.onEvent = (event) => {
    if (event.type === "step-started" && event.step === "backend-2/upgrade") client.kill();
  };
  await expect(r.up({ failoverGuard: 0 }, client)).rejects.toThrow("killed");
  r.onEvent = undefined;
  for (const name of names)
    r.sim.switches(name).configLines = [
      "leaderl.status_post_update_interval_seconds ENV.fetch('P', '10').to_i",
    ];
  await r.clock.advance(3_600_000);
  await r.up();
  expect(r.sim.failover).toBe(true);
});

test("no yum (dnf alone), and signatures are asked for: rpm is no way round it", () => {
  const said = (code: number, stdout: string) => ({ code, stdout, stderr: "" });
  const tests = { test: said(127, ""), rpm: said(0, ""), policy: said(0, "localpkg_gpgcheck=1\n") };
  expect(chooseTool({ tool: { program: "yum", from: "file" }, ...tests }, (r) => r.stderr).tool).toBeNull();
});

test("the disk of the database is full, and disk_paths names another one", () => {
  const state = threeBackends().state();
  const isData = (path: string) => path.startsWith("/var/opt");
  const paths = [
    "/opt",
    "/var/opt",
    "/var/log",
    "/var/lib",
    "/var/log/chef-backend",
    "/var/opt/chef-backend",
    "/var/opt/chef-backup",
  ];
  const disks = paths.map((path) => ({
    path,
    mount: isData(path) ? "/var/opt" : "/",
    sizeKiB: 1e8,
    availableKiB: isData(path) ? 0 : 5e7,
  }));
  const config = parseBackendConfig('leaderl.health_check.disk_paths ["/var/log/chef-backend"]\n');
  const nodes = state.nodes.map((node) => ({ ...node, config, disks, watermark: "off" as const }));
  expect(planUpgrade(new Rehearsal().spec(), { ...state, nodes }).refusals.map(({ code }) => code)).toContain(
    "disk",
  );
});

test("a hop that installs nothing warns of no package", () => {
  const r = rig.aRehearsal(rig.rebuildFirst);
  const state = threeBackends().at("2.1.0").rpm().indexMadeBy("2.3.1").state();
  const nodes = state.nodes.map((node) => ({ ...node, fips: true }));
  const plan = planUpgrade(r.spec(rig.asked(r, rig.rebuildFirst)), { ...state, nodes });
  expect(plan.warnings.join()).not.toMatch(/MD5/);
});

test("a record of before, and frontends that do not work with 3.x: its rebuild is finished, and the roll waits for them", async () => {
  const r = rig.aRehearsal({ ...three, index: "2.3.1" }, "12.17.15");
  rig.ofUpgradingFirst(r);
  expect(check.textOf(await r.up(rig.asked(r, three)))).toMatch(
    /Elasticsearch too new for frontends \[frontendPath\]/,
  );
  const { search, failover, frontends } = r.sim;
  expect([search.complete, failover, frontends.map(({ open }) => open)]).toEqual([true, true, [true, true]]);
  expect(r.commands().join()).not.toMatch(/install|upgrade/);
});
