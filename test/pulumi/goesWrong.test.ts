import { LabStack } from "../support/labStack";
import { commandsOf } from "../support/rehearsal";

/** What the engine keeps, and what the next `up` does, when a run does not end well. */
describe("an upgrade that goes wrong, through the Pulumi engine", () => {
  let cluster: LabStack;
  beforeEach(async () => {
    cluster = await LabStack.aboutToUpgrade();
  });
  afterEach(() => cluster.stop());

  const commands = () => commandsOf(cluster.lab.sim.history);
  const installed = async () => (await resourceOutputs(cluster)).installedVersions;

  it("keeps the half-upgraded truth in the state, says where failover stands, and goes on next time", async () => {
    cluster.lab.sim.switches("backend-3").upgradeFails = { code: 3, message: "a disk made strange noises" };
    const up = await cluster.stack.up();
    expect(up.code).not.toBe(0);
    expect(up.all).toContain("FAILOVER IS OFF (backend-3 is between installation and verified rejoin)");
    expect(up.all).toContain("`chef-backend-ctl upgrade` on backend-3 ended with 3");
    expect(up.all).toContain("a disk made strange noises");
    expect(up.all).toContain("Installed now: backend-1 2.1.0, backend-2 2.3.16, backend-3 2.3.16");
    expect(await installed()).toEqual({ "backend-1": "2.1.0", "backend-2": "2.3.16", "backend-3": "2.3.16" });

    cluster.lab.sim.switches("backend-3").upgradeFails = null;
    const preview = await cluster.stack.ok("preview", "--diff");
    expect(preview.all).toContain("failover is off, turned off by an earlier run");
    const before = commands().length;
    const again = await cluster.stack.up();
    expect(again.code).toBe(0);
    expect(commands().slice(before, before + 3)).toEqual([
      "backend-3 upgrade",
      "backend-1 install",
      "backend-1 set-cluster-failover on",
    ]);
    expect(await resourceOutputs(cluster)).toMatchObject({ failover: "on", healthy: true });
    expect(cluster.lab.sim.maxOut).toBe(1);
  });

  it("fails the preview when a change is refused, and only warns when nothing would change", async () => {
    cluster.lab.sim.switches("backend-2").packageLock = { pid: 4711, program: "apt" };
    const refused = await cluster.stack.run("preview");
    expect(refused.code).not.toBe(0);
    expect(refused.all).toContain("has a problem: nodes: Package manager is busy [packageLock]");
    await cluster.set({ version: "2.1.0" });
    const fine = await cluster.stack.ok("preview", "--expect-no-changes");
    expect(fine.all).not.toContain("busy");
    expect(commands()).toEqual([]);
  });
});

async function resourceOutputs(cluster: LabStack): Promise<Record<string, unknown>> {
  const { resources } = await cluster.stack.state();
  const found = resources.find((each) => String(each.type).endsWith(":ChefHA"));
  return found!.outputs as Record<string, unknown>;
}
