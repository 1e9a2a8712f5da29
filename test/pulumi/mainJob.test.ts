import { LabStack } from "../support/labStack";
import { commandsOf } from "../support/rehearsal";
import { until } from "../support/until";

/** The main job through the real engine: each test goes on where the last one stopped. */
describe("ChefBackendCluster through the Pulumi engine", () => {
  let cluster: LabStack;
  beforeAll(async () => {
    cluster = await LabStack.start();
  });
  afterAll(() => cluster.stop());

  const commands = () => commandsOf(cluster.lab.sim.history);

  it("adopts a running cluster without changing anything", async () => {
    const up = await cluster.stack.up();
    expect(up.all).toContain("2 created");
    expect(commands()).toEqual([]);
    expect(await cluster.stack.outputs()).toMatchObject({
      leader: "backend-1",
      installedVersions: { "backend-1": "2.1.0", "backend-2": "2.1.0", "backend-3": "2.1.0" },
      healthy: true,
      lastUpgrade: null,
    });
  });

  it("says that nothing will happen when nothing will", async () => {
    const preview = await cluster.stack.ok("preview", "--diff", "--expect-no-changes");
    expect(preview.all).toContain("2 unchanged");
  });

  it("shows in preview which nodes change, in which order, and why", async () => {
    await cluster.set({ version: "2.3.16" });
    const preview = await cluster.stack.ok("preview", "--diff");
    expect(preview.all).toContain(
      '"nothing to do" => "1 of 3, follower: 2.1.0 => 2.3.16: install, upgrade, verify rejoin"',
    );
    expect(preview.all).toContain(
      '"nothing to do" => "3 of 3, leader: 2.1.0 => 2.3.16: install, failover on, upgrade --failover, verify rejoin"',
    );
    expect(preview.all).toMatch(/version: "2\.1\.0" => "2\.3\.16"/);
    expect(commands()).toEqual([]);
  });

  it("carries the same in preview --json, for pipelines", async () => {
    const preview = await cluster.stack.ok("preview", "--json");
    const { steps } = JSON.parse(preview.stdout) as {
      steps: {
        op: string;
        urn: string;
        newState: { inputs: { backends?: Record<string, { step: string }> } };
      }[];
    };
    const step = steps.find(({ urn }) => urn.includes(":ChefHA::"))!;
    expect(step.op).toBe("update");
    expect(Object.values(step.newState.inputs.backends!).map((each) => each.step.slice(0, 6))).toEqual([
      "3 of 3",
      "1 of 3",
      "2 of 3",
    ]);
  });

  it("upgrades by the vendor's procedure, with a line for each finished step", async () => {
    const up = await cluster.stack.up();
    expect(up.all).toContain("1 updated");
    expect(commands()).toEqual([
      "backend-1 set-cluster-failover off",
      "backend-2 install",
      "backend-2 upgrade",
      "backend-3 install",
      "backend-3 upgrade",
      "backend-1 install",
      "backend-1 set-cluster-failover on",
      "backend-1 upgrade --failover",
      expect.stringMatching(/^backend-[23] set-cluster-failover off$/),
      expect.stringMatching(/^backend-[23] set-cluster-failover on$/),
    ]);
    expect(cluster.lab.sim.maxOut).toBe(1);
    expect(up.all).toMatch(/1\/3 backend-2: upgrading: done in [\d.]+ s/);
    expect(up.all).toMatch(/verifying the cluster: done in [\d.]+ s/);
  });

  it("has the truth in its outputs", async () => {
    const outputs = await cluster.stack.outputs();
    const all = { "backend-1": "2.3.16", "backend-2": "2.3.16", "backend-3": "2.3.16" };
    expect(outputs).toMatchObject({
      installedVersions: all,
      runningVersions: all,
      failover: "on",
      healthy: true,
    });
    expect(outputs.leader).toBe(cluster.lab.sim.leader);
    expect(outputs.lastUpgrade).toMatchObject({ from: "2.1.0", to: "2.3.16" });
    const { steps } = outputs.lastUpgrade as { steps: { step: string; seconds: number }[] };
    expect(steps.map(({ step }) => step)).toContain("backend-2/rejoin");
    expect(steps.every(({ seconds }) => seconds > 0)).toBe(true);
  });

  it("does nothing the second time, whoever leads by then", async () => {
    const before = commands().length;
    cluster.lab.sim.forceFailover();
    await until(() => cluster.lab.sim.healthy);
    await cluster.stack.ok("preview", "--expect-no-changes");
    const up = await cluster.stack.up("--expect-no-changes");
    expect(up.code).toBe(0);
    expect(commands()).toHaveLength(before);
  });

  it("keeps its provider in the state under 3 kB, without a path of this machine", async () => {
    const { resources } = await cluster.stack.state();
    const text = resources
      .map((each) => (each.inputs as { __provider?: unknown } | undefined)?.__provider)
      .find(Boolean);
    expect(typeof text).toBe("string");
    expect((text as string).length).toBeLessThan(3072);
    expect(text).not.toMatch(/\/(home|root|tmp|usr|work)\//);
    expect(text).not.toContain(process.cwd());
  });

  it("has no drift after an upgrade, and reports it on refresh: failover left off, a node out", async () => {
    const refresh = () => cluster.stack.run("refresh", "--yes", "--non-interactive", "--expect-no-changes");
    await cluster.stack.ok("refresh", "--yes", "--non-interactive");
    expect((await refresh()).code).toBe(0);
    cluster.lab.sim.cluster.failover = false;
    cluster.lab.sim.nodeDown("backend-3");
    const down = await refresh();
    expect(down.all).toContain("backend-3 cannot be reached");
    expect(down.code).toBe(7);
    cluster.lab.sim.nodeUp("backend-3");
    await until(() => cluster.lab.sim.healthy);
    const up = await refresh();
    expect(up.all).toContain("Failover is off");
    expect(up.code).toBe(7);
    const { resources } = await cluster.stack.state();
    expect(resources.find((each) => String(each.type).endsWith(":ChefHA"))?.outputs).toMatchObject({
      failover: "off",
      healthy: true,
    });
    cluster.lab.sim.cluster.failover = true;
  });

  it("is forgotten by destroy, which touches nothing", async () => {
    const before = commands().length;
    const destroy = await cluster.stack.run("destroy", "--yes", "--non-interactive", "--skip-preview");
    expect(destroy.all).toContain("2 deleted");
    expect(commands()).toHaveLength(before);
    expect(cluster.lab.sim.installedVersions()["backend-1"]).toBe("2.3.16-1");
  });
});
