/** Which machine is whose: freshness, progress and debts go by the machine, never by what the program calls it. */
import { expectMigrated, expectServing, problemOf } from "./checks";
import { MigrationRig, newBackends } from "./rig";

const serverSecrets = "/etc/opscode/private-chef-secrets.json";
const serverConfig = "/etc/opscode/chef-server.rb";

const lay = (rig: MigrationRig, node: string, path: string, content: string) =>
  rig.sim.sideOf(node).tree(node).write(path, { kind: "file", content, mode: 0o600, owner: "root:root" });
const contentOf = (rig: MigrationRig, node: string, path: string) =>
  rig.sim.sideOf(node).tree(node).read(path)?.content;

/** A run that is lost right after that step. */
async function lostAfter(rig: MigrationRig, step: string): Promise<void> {
  const client = rig.client();
  rig.onEvent = (event) => {
    if (event.type === "step-finished" && event.step === step) client.kill();
  };
  await expect(rig.up({}, client)).rejects.toThrow("killed");
  rig.onEvent = undefined;
}

/** Another machine answers at that name: the wrong host, or one that was set up anew. */
function exchange(rig: MigrationRig, node: string, address: string): void {
  Object.assign(rig.sim.machine(node), { machineId: "e".repeat(32), bootId: "other", addresses: [address] });
}

describe("a wrong host, in a migration that has begun", () => {
  it("in place of a machine that nothing was done on yet: its secrets stay", async () => {
    const rig = new MigrationRig();
    await lostAfter(rig, "backend-1/install");
    exchange(rig, "frontend-2", "192.168.33.99");
    lay(rig, "frontend-2", serverSecrets, "somebody else's");
    lay(rig, "frontend-2", serverConfig, "another server");
    const result = await rig.up();
    expect(problemOf(result)).toMatch(/Machine is not fresh .*\n.*where: frontend-2\n.*private-chef-secrets/);
    expect(result.touched).toBe(false);
    expect(contentOf(rig, "frontend-2", serverSecrets)).toBe("somebody else's");
    expect(contentOf(rig, "frontend-2", serverConfig)).toBe("another server");
  });

  it("in place of one that was worked on: nothing is done on it, until the right one is listed again", async () => {
    const rig = new MigrationRig();
    await lostAfter(rig, "frontend-1/server-config");
    const { machineId, bootId, addresses } = rig.sim.machine("frontend-1");
    exchange(rig, "frontend-1", "192.168.33.99");
    const before = rig.commands();
    const text = problemOf(await rig.up());
    expect(text).toMatch(/Another machine is listed first \[order\]\n.*where: input `frontends.nodes`/);
    expect(text).toMatch(/Machine is not fresh \[target\]\n.*where: frontend-1/);
    expect(rig.commands()).toEqual(before);
    Object.assign(rig.sim.machine("frontend-1"), { machineId, bootId, addresses });
    expectMigrated(rig, await rig.up());
  });

  it("after a finished rehearsal, too: the record is no pass for a machine", async () => {
    const rig = new MigrationRig();
    expect(problemOf(await rig.up({ rehearse: true }))).toBeNull();
    exchange(rig, "frontend-2", "192.168.33.99");
    expect(problemOf(await rig.up())).toMatch(/Machine is not fresh \[target\]\n.*where: frontend-2/);
    expectServing(rig);
  });
});

it("secrets that somebody made on a machine after our installation are not written over", async () => {
  const rig = new MigrationRig();
  await lostAfter(rig, "frontend-2/install");
  lay(rig, "frontend-2", serverSecrets, "somebody else's");
  expect(problemOf(await rig.up())).toMatch(/Machine is not fresh .*\n.*where: frontend-2\n/);
});

it("a configuration that was edited between two runs is kept beside the new one", async () => {
  const rig = new MigrationRig();
  const client = rig.client();
  rig.sim.when("frontend-1", ["cp"], () => client.kill());
  await expect(rig.up({}, client)).rejects.toThrow("killed");
  await rig.clock.run(rig.clock.sleep(60_000));
  lay(rig, "frontend-1", serverConfig, "edited by hand");
  expectMigrated(rig, await rig.up());
  const copies = [1, 2].map((number) => contentOf(rig, "frontend-1", `${serverConfig}.~${number}~`));
  expect(copies).toContain("edited by hand");
});

it("a record of a version that kept no machines goes on by their names", async () => {
  const rig = new MigrationRig();
  await lostAfter(rig, "frontend-1/restore");
  for (const name of newBackends) {
    const { who: _who, ...record } = JSON.parse(rig.node(name).record) as Record<string, unknown>;
    rig.node(name).record = JSON.stringify(record);
  }
  const before = rig.commands();
  expectMigrated(rig, await rig.up());
  expect(rig.commands().slice(before.length)).toEqual(["frontend-1 ec backup"]);
});

test.each(["started", "finished"])(
  "a wrong host that is a clone of the same template, when server-config had %s: nothing is done to it",
  async (when) => {
    const rig = new MigrationRig();
    const client = rig.client();
    rig.sim.machine("frontend-2").machineId = "e".repeat(32);
    rig.onEvent = (event) => {
      if (event.type === `step-${when}` && "step" in event && event.step === "frontend-2/server-config")
        rig.clock.setTimer(when === "started" ? 60 : 0, () => client.kill());
    };
    await expect(rig.up({}, client)).rejects.toThrow("killed");
    rig.onEvent = undefined;
    exchange(rig, "frontend-2", "192.168.33.99");
    lay(rig, "frontend-2", serverSecrets, "somebody else's");
    const there = () => rig.commands().filter((each) => each.startsWith("frontend-2 "));
    const before = there();
    const result = await rig.up();
    expect(contentOf(rig, "frontend-2", serverSecrets)).toBe("somebody else's");
    expect(there()).toEqual(before);
    expect(problemOf(result)).toMatch(/Machine is not fresh/);
  },
);
