import { address } from "../../lab/demo/stage";
import { startEnterpriseLab } from "../../lab/enterpriseLab";
import { startLab } from "../../lab/lab";
import { startMigrationLab } from "../../lab/migrationLab";
import { Examples, migrationConfig } from "./example";

/** How many times as fast as real machines: what is waited for here is the engine. */
const scale = 40;

/** Each example's own program, from adoption to the end, on a stack of its own beside a lab. */
describe("examples", () => {
  const examples = new Examples();
  afterEach(() => examples.stop());

  it("downtime: adopts at 1.4.40, asks for consent, upgrades to 2.3.16", async () => {
    const { lab: own, stack } = await examples.start(
      "downtime",
      startLab({ scale, version: "1.4.40" }),
      (lab) => ({
        nodes: lab.backends.map(address),
        frontends: lab.frontends.map(({ node }) => address(node)),
        ...{ version: "1.4.40", packagePath: lab.packages["2.3.16"], timeouts: lab.timeouts },
      }),
    );
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

  it("enterprise: adopts at 1.4.6, upgrades to 11.3.2, and destroys the old data when told", async () => {
    const { lab: own, stack } = await examples.start("enterprise", startEnterpriseLab({ scale }), (lab) => ({
      nodes: lab.backends.map(address),
      frontends: lab.frontends.map(address),
      ...{ version: "1.4.6", packagePath: lab.packages["11.3.2"], backupReference: "tape 17" },
      timeouts: { keepalived: 60, services: 60 },
    }));
    expect((await stack.up()).code).toBe(0);
    expect(own.sim.history).toEqual([]);
    await stack.ok("config", "set", "version", "11.3.2");
    expect((await stack.run("preview")).all).toContain('set `allowDowntime: "11.3.2"`');
    await stack.ok("config", "set", "allowDowntime", "11.3.2");
    expect((await stack.up()).all).toContain("1 updated");
    await stack.ok("config", "set", "cleanup", "true");
    expect((await stack.up()).all).toContain("1 updated");
    expect(await stack.outputs()).toMatchObject({
      versions: { "backend-1": "11.3.2", "frontend-2": "11.3.2" },
      ...{ master: "backend-1", backupReference: "tape 17", cleanedUp: "11.3.2" },
      frontendHealth: { "frontend-1": "healthy", "frontend-2": "healthy" },
    });
    expect([own.sim.oldData, own.sim.accidents]).toEqual([[], []]);
  });

  it("migration: moves everything to the new cluster, without a rehearsal", async () => {
    const { lab: own, stack } = await examples.start(
      "migration",
      startMigrationLab({ scale: 2 * scale }),
      (lab) => ({
        ...migrationConfig(lab),
        allowDowntime: "2.3.16",
      }),
    );
    expect((await stack.up()).all).toContain("2 created");
    expect(await stack.outputs()).toMatchObject({ differences: [], tidyReport: { node: "old-frontend-1" } });
    expect(own.sim.source.serving).toEqual([]);
    expect(own.sim.accidents).toEqual([]);
    await stack.ok("preview", "--expect-no-changes");
  });
});
