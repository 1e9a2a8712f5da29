import { LabStack } from "../support/labStack";
import { commandsOf } from "../support/rehearsal";
import { resourceOutputs } from "../support/stackState";

/** The further paths through the real engine and real SSH: previews, consent, order, outputs, nothing to do after. */
const frontendNodes = ({ lab }: LabStack) =>
  lab.frontends.map(({ node }) => ({ name: node.name, host: node.host, port: node.port }));

async function start(
  version: string,
  packages: string[],
  options: Parameters<typeof LabStack.start>[0] = {},
) {
  const cluster = await LabStack.start({ version, packages, ...options }, { version });
  const packageFiles = Object.fromEntries(
    packages.map((each) => [each, { path: cluster.lab.packages[each] }]),
  );
  await cluster.set({ packageFile: undefined, packageFiles, frontends: { nodes: frontendNodes(cluster) } });
  expect((await cluster.stack.up()).code).toBe(0);
  expect(commandsOf(cluster.lab.sim.history)).toEqual([]);
  return cluster;
}

describe("1.4.40 => 2.3.16 => 3.1.1 in one `pulumi up`", () => {
  let cluster: LabStack;
  beforeAll(async () => {
    cluster = await start("1.4.40", ["2.3.16", "3.1.1"]);
  });
  afterAll(() => cluster.stop());

  it("fails the preview without consent, saying what the downtime consists of and what to set", async () => {
    await cluster.set({ version: "3.1.1" });
    const preview = await cluster.stack.run("preview");
    expect(preview.code).not.toBe(0);
    expect(preview.all).toContain("has a problem: allowDowntime: Downtime not approved [downtime]");
    expect(preview.all).toContain(
      "1.4.40 -> 2.3.16 (1.x and 2.x cannot run side by side): all backends go down together",
    );
    expect(preview.all).toContain(
      "search index on 2.3.16 (the index was made by Elasticsearch 2.3.1, not 5.6.16 or later; Elasticsearch 6 reads those of 5.x, not of 2.x, and does not start while one is present): all frontends are out of service",
    );
    expect(preview.all).toContain('set `allowDowntime: "3.1.1"`');
    await cluster.set({ allowDowntime: "2.3.16" });
    const other = await cluster.stack.run("preview");
    expect(other.code).not.toBe(0);
    expect(other.all).toContain("`allowDowntime` is 2.3.16, another version");
  });

  it("fails the preview when the package of a hop is missing, and names it", async () => {
    const { packageFiles } = cluster.settings as { packageFiles: Record<string, unknown> };
    await cluster.set({ allowDowntime: "3.1.1", packageFiles: { "3.1.1": packageFiles["3.1.1"] } });
    const preview = await cluster.stack.run("preview");
    expect(preview.code).not.toBe(0);
    expect(preview.all).toContain("need chef-backend 2.3.16");
    expect(preview.all).toContain('packageFiles["2.3.16"]');
    await cluster.set({ packageFiles });
    expect(commandsOf(cluster.lab.sim.history)).toEqual([]);
  });

  it("previews every hop with its downtime", async () => {
    await cluster.set({ reindexTestOrg: "acme" });
    const preview = await cluster.stack.ok("preview", "--diff");
    expect(preview.all).toContain("1.4.40 => 2.3.16, with downtime: all backends are down together");
    expect(preview.all).toContain(
      "search index on 2.3.16, with downtime: frontends are closed until the index is deleted",
    );
    expect(preview.all).toContain("2.3.16 => 3.1.1, rolling, no downtime");
    expect(preview.all).toContain(
      '"nothing to do" => "3 of 3, leader: 1.4.40 => 2.3.16, then 3.1.1: install, down-for-upgrade (downtime), upgrade, verify"',
    );
    expect(commandsOf(cluster.lab.sim.history)).toEqual([]);
  });

  it("goes both ways, each complete before the next", async () => {
    const up = await cluster.stack.up();
    expect(up.all).toContain("1 updated");
    const commands = commandsOf(cluster.lab.sim.history);
    const made = up.all.matchAll(/(backend-\d): backing up the cluster's data: done in/g);
    const madeBy = Array.from(made, ([, name]) => name);
    expect(commands.slice(0, 14)).toEqual([
      expect.stringMatching(/^backend-[23] backup$/),
      "frontend-1 backup --config-only --timeout 600",
      "backend-2 install",
      "backend-3 install",
      "backend-1 install",
      "backend-1 down-for-upgrade",
      "backend-3 down-for-upgrade",
      "backend-2 down-for-upgrade",
      "backend-2 upgrade",
      "backend-3 upgrade",
      "backend-1 upgrade",
      "frontend-1 reconfigure",
      "frontend-2 reconfigure",
      // Who leads after the downtime is the cluster's choice.
      `${madeBy.at(-1)} backup --timeout 600`,
    ]);
    expect(commands.slice(15, 18)).toEqual([
      "frontend-1 maintenance on",
      "frontend-2 maintenance on",
      expect.stringMatching(/set-cluster-failover off$/),
    ]);
    const opened = commands.indexOf("frontend-2 maintenance off") + 1;
    expect(commands.slice(opened - 6, opened)).toEqual([
      "frontend-1 reconfigure",
      expect.stringMatching(/set-cluster-failover on$/),
      "frontend-1 reindex acme",
      "frontend-1 reindex -a",
      "frontend-1 maintenance off",
      "frontend-2 maintenance off",
    ]);
    expect(commands.slice(0, opened).join()).not.toContain("--failover");
    expect(commands.slice(opened)).toContainEqual(expect.stringMatching(/ upgrade --failover$/));
    expect(up.all).toContain("Done and verified: 2.3.16. Next: search index on 2.3.16");
    expect(up.all).toContain("Done and verified: search index on 2.3.16. Next: 2.3.16 => 3.1.1");
    expect(up.all).toMatch(/backend-1: deleting the search index in .*: done in/);
    const { sim } = cluster.lab;
    expect(sim.accidents).toEqual([]);
    expect(sim.emptySearchSeconds).toBe(0);
    expect(sim).toMatchObject({ healthy: true, failover: true });
  });

  it("keeps the truth in its outputs", async () => {
    const outputs = await resourceOutputs(cluster);
    expect(outputs).toMatchObject({
      installedVersions: { "backend-1": "3.1.1", "backend-2": "3.1.1", "backend-3": "3.1.1" },
      frontendVersions: { "frontend-1": "15.9.38", "frontend-2": "15.9.38" },
      frontendHealth: { "frontend-1": "pong", "frontend-2": "pong" },
      ...{ failover: "on", healthy: true },
      lastUpgrade: { from: "1.4.40", to: "3.1.1" },
    });
    const backups = outputs.backups as { node: string; file: string; bytes: number }[];
    expect(backups.map(({ file }) => file)).toEqual(
      backups.map(() => expect.stringMatching(/^\/var\/opt\/chef-backup\/.+\.t(ar\.)?gz$/) as string),
    );
    expect(backups).toHaveLength(4);
    expect(Math.min(...backups.map(({ bytes }) => bytes))).toBeGreaterThan(0);
  });

  it("has nothing to do after that, with or without the consent that was given", async () => {
    await cluster.stack.ok("preview", "--expect-no-changes");
    await cluster.set({ allowDowntime: undefined });
    const before = commandsOf(cluster.lab.sim.history).length;
    expect((await cluster.stack.up()).code).toBe(0);
    expect(commandsOf(cluster.lab.sim.history)).toHaveLength(before);
  });
});

describe("the frontends' own package", () => {
  let cluster: LabStack;
  beforeAll(async () => {
    cluster = await start("2.1.0", ["2.3.16"], {
      frontendVersion: "13.1.13",
      frontendPackages: ["15.9.38"],
    });
  });
  afterAll(() => cluster.stop());

  const frontends = (change: Record<string, unknown>) => ({
    nodes: frontendNodes(cluster),
    version: "15.9.38",
    packageFile: { path: cluster.lab.frontendPackages["15.9.38"] },
    skipReindex: "15.9.38",
    ...change,
  });

  it("is upgraded only with the license accepted", async () => {
    await cluster.set({ frontends: frontends({}) });
    const preview = await cluster.stack.run("preview");
    expect(preview.code).not.toBe(0);
    expect(preview.all).toContain("frontends.acceptLicense: License is not accepted [license]");
    await cluster.set({ frontends: frontends({ acceptLicense: true }) });
    const shown = await cluster.stack.ok("preview", "--diff");
    expect(shown.all).toMatch(
      /1 of 2, frontend: 13\.1\.13 => 15\.9\.38: reconfigure, stop, install, upgrade, start/,
    );
    expect(shown.all).toContain("2 of 2, frontend: 13.1.13 => 15.9.38");
    expect(commandsOf(cluster.lab.sim.history)).toEqual([]);
  });

  it("comes after the backends, one frontend at a time, and somebody answers at any time", async () => {
    await cluster.set({ version: "2.3.16" });
    const up = await cluster.stack.up();
    expect(up.all).toContain("1 updated");
    const commands = commandsOf(cluster.lab.sim.history);
    const mine = commands.filter((each) => each.startsWith("frontend"));
    expect(mine).toEqual([
      ...["reconfigure", "stop", "install", "upgrade", "start"].map((each) => `frontend-1 ${each}`),
      "frontend-2 reconfigure",
      expect.stringMatching(/^frontend-2 cp .*migration-level$/),
      "frontend-2 stop",
      "frontend-2 install",
      "frontend-2 upgrade",
      "frontend-2 start",
    ]);
    expect(commands.indexOf("frontend-1 reconfigure")).toBeGreaterThan(
      commands.lastIndexOf("backend-1 upgrade --failover"),
    );
    const { sim } = cluster.lab;
    expect(sim.accidents).toEqual([]);
    // Nobody answers while no backend leads; because of the frontends never.
    expect(sim.unansweredSeconds).toBeLessThanOrEqual(sim.leaderlessSeconds);
    expect((await resourceOutputs(cluster)).frontendVersions).toEqual({
      "frontend-1": "15.9.38",
      "frontend-2": "15.9.38",
    });
    await cluster.stack.ok("preview", "--expect-no-changes");
  });

  it("drifts like the backends, and refresh sees it", async () => {
    // Maintenance does not show at `/_status` (nginx_chef_api_lb.conf.erb); services that do not run do.
    const ctl = (word: string) => cluster.lab.sim.exec("frontend-2", ["chef-server-ctl", word]);
    expect(await ctl("stop")).toMatchObject({ code: 0 });
    await cluster.stack.ok("refresh", "--yes", "--skip-preview");
    const { frontendHealth } = (await resourceOutputs(cluster)) as { frontendHealth: Record<string, string> };
    expect(frontendHealth).toEqual({
      "frontend-1": "pong",
      "frontend-2": expect.not.stringMatching("pong") as string,
    });
    expect(await ctl("start")).toMatchObject({ code: 0 });
  });

  it("loses its old data only by its own input, later, and once", async () => {
    await cluster.set({ frontends: frontends({ acceptLicense: true, cleanup: "15.9.38" }) });
    const before = commandsOf(cluster.lab.sim.history).length;
    const preview = await cluster.stack.ok("preview", "--diff");
    expect(preview.all).toContain("cleanup of what the upgrade of the frontends to 15.9.38 has left");
    expect((await cluster.stack.up()).code).toBe(0);
    expect(commandsOf(cluster.lab.sim.history).slice(before)).toEqual([
      "frontend-1 cleanup",
      "frontend-2 cleanup",
    ]);
    await cluster.stack.ok("preview", "--expect-no-changes");
  });
});
