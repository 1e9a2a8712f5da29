import { startEnterpriseLab } from "../../lab/enterpriseLab";
import { startLab } from "../../lab/lab";
import { startMigrationLab } from "../../lab/migrationLab";
import type { RunningMachines } from "../../lab/machines/startMachines";
import { historyLines, showIfFailed } from "../support/labLog";
import type { PulumiStack } from "../support/pulumiStack";
import { addresses, configure, exampleStack, migrationConfig } from "./example";

/** Each example's own program, from adoption to the end, on a stack of its own beside a lab. */
describe("examples", () => {
  let lab: RunningMachines & { sim: { history: Parameters<typeof historyLines>[0] } };
  let stack: PulumiStack;
  afterEach(async () => {
    await lab.stop();
    await stack.remove();
  });

  async function start(name: string, own: typeof lab, config: Record<string, unknown>): Promise<void> {
    lab = own;
    stack = await exampleStack(name);
    await configure(stack, lab, config);
    showIfFailed("What was changed on the lab last", () => historyLines(lab.sim.history));
  }

  it("downtime: adopts at 1.4.40, asks for consent, upgrades to 2.3.16", async () => {
    const own = await startLab({ scale, version: "1.4.40" });
    await start("downtime", own, {
      nodes: addresses(own.backends),
      frontends: addresses(own.frontends.map(({ node }) => node)),
      ...{ version: "1.4.40", packagePath: own.packages["2.3.16"], timeouts: own.timeouts },
    });
    expect((await stack.up()).code).toBe(0);
    expect(own.sim.history).toEqual([]);
    await stack.ok("config", "set", "version", "2.3.16");
    expect((await stack.run("preview")).all).toContain('set `allowDowntime: "2.3.16"`');
    await stack.ok("config", "set", "allowDowntime", "2.3.16");
    const up = await stack.up();
    expect(up.all).toContain("1 updated");
    expect(await stack.outputs()).toMatchObject({
      installedVersions: { "backend-1": "2.3.16", "backend-2": "2.3.16", "backend-3": "2.3.16" },
      healthy: true,
      frontendHealth: { "frontend-1": "pong", "frontend-2": "pong" },
      backups: [{ node: expect.stringMatching(/^backend-/) as string }, { node: "frontend-1" }],
    });
    expect(own.sim.accidents).toEqual([]);
  });

  it("frontends: the backends, then the frontends, then nothing to do", async () => {
    const own = await startLab({ scale, frontendVersion: "14.16.19", frontendPackages: ["15.9.38"] });
    await start("frontends", own, {
      nodes: addresses(own.backends),
      frontends: addresses(own.frontends.map(({ node }) => node)),
      ...{ version: "2.3.16", packagePath: own.packages["2.3.16"], timeouts: own.timeouts },
      ...{ frontendVersion: "15.9.38", frontendPackagePath: own.frontendPackages["15.9.38"] },
      acceptLicense: true,
    });
    const up = await stack.up();
    expect(up.all).toContain("2 created");
    expect(await stack.outputs()).toMatchObject({
      installedVersions: { "backend-1": "2.3.16", "backend-2": "2.3.16", "backend-3": "2.3.16" },
      frontendVersions: { "frontend-1": "15.9.38", "frontend-2": "15.9.38" },
      frontendHealth: { "frontend-1": "pong", "frontend-2": "pong" },
    });
    expect(own.sim.accidents).toEqual([]);
    await stack.ok("preview", "--expect-no-changes");
  });

  it("enterprise: adopts at 1.4.6, asks for consent, upgrades to 11.3.2", async () => {
    const own = await startEnterpriseLab({ scale });
    await start("enterprise", own, {
      nodes: addresses(own.backends),
      frontends: addresses(own.frontends),
      ...{ version: "1.4.6", packagePath: own.packages["11.3.2"], backupReference: "tape 17" },
      timeouts: { keepalived: 60, services: 60 },
    });
    expect((await stack.up()).code).toBe(0);
    expect(own.sim.history).toEqual([]);
    await stack.ok("config", "set", "version", "11.3.2");
    expect((await stack.run("preview")).all).toContain('set `allowDowntime: "11.3.2"`');
    await stack.ok("config", "set", "allowDowntime", "11.3.2");
    expect((await stack.up()).all).toContain("1 updated");
    expect(await stack.outputs()).toMatchObject({
      versions: { "backend-1": "11.3.2", "frontend-2": "11.3.2" },
      ...{ master: "backend-1", backupReference: "tape 17" },
      frontendHealth: { "frontend-1": "healthy", "frontend-2": "healthy" },
    });
    expect(own.sim.accidents).toEqual([]);
  });

  it("migration: moves everything to the new cluster, without a rehearsal", async () => {
    const own = await startMigrationLab({ scale: 2 * scale });
    await start("migration", own, { ...migrationConfig(own), allowDowntime: "2.3.16" });
    expect((await stack.up()).all).toContain("2 created");
    expect(await stack.outputs()).toMatchObject({ differences: [], tidyReport: { node: "old-frontend-1" } });
    expect(own.sim.source.serving).toEqual([]);
    expect(own.sim.accidents).toEqual([]);
    await stack.ok("preview", "--expect-no-changes");
  });
});

/** How many times as fast as real machines: what is waited for here is the engine. */
const scale = 40;
