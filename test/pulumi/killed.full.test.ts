import { LabStack } from "../support/labStack";
import { killAll, processTree } from "../support/processTree";
import { commandsOf } from "../support/rehearsal";
import { until } from "../support/until";

describe("an upgrade whose process is killed, through the Pulumi engine", () => {
  let cluster: LabStack;
  beforeEach(async () => {
    cluster = await LabStack.aboutToUpgrade();
  });
  afterEach(() => cluster.stop());

  const commands = () => commandsOf(cluster.lab.sim.history);

  it.each(["the engine and its provider", "the provider alone"])(
    "goes on after kill -9 of %s",
    async (victim) => {
      const running = cluster.stack.start(["up", "--yes", "--skip-preview", "--non-interactive"]);
      await until(() => commands().includes("backend-2 upgrade"));
      const tree = await processTree(running.child.pid!);
      const provider = tree.filter(({ command }) => command.includes("dynamic-provider"));
      expect(provider.length).toBeGreaterThan(0);
      killAll(victim === "the provider alone" ? provider : tree);
      await running.done;
      // The lock of the stack's own state was held by the engine that is gone.
      await cluster.stack.run("cancel", "--yes");
      const up = await cluster.stack.up();
      expect(up.all).toContain("1 updated");
      for (const node of ["backend-1", "backend-2", "backend-3"]) {
        expect(commands().filter((each) => each === `${node} install`)).toHaveLength(1);
        expect(commands().filter((each) => each.startsWith(`${node} upgrade`))).toHaveLength(1);
      }
      expect(cluster.lab.sim).toMatchObject({ maxOut: 1, failover: true, healthy: true });
    },
  );
});

test("a create whose engine was killed goes on; Pulumi's warning goes with --clear-pending-creates, as README.md says", async () => {
  const cluster = await LabStack.start({}, { version: "2.3.16" });
  try {
    const { stack } = cluster;
    const running = stack.start(["up", "--yes", "--skip-preview", "--non-interactive"]);
    await until(() => commandsOf(cluster.lab.sim.history).includes("backend-2 upgrade"));
    killAll(await processTree(running.child.pid!));
    await running.done;
    await stack.run("cancel", "--yes");
    await stack.ok("refresh", "--yes");
    const up = await stack.up();
    expect(up.all).toMatch(/with 1 pending operations .*\n.*interrupted while creating/);
    expect(up.all).toContain("1 created");
    expect((await stack.up()).all).toContain("pending operations");
    await stack.ok("refresh", "--yes", "--clear-pending-creates");
    expect((await stack.up()).all).not.toContain("pending operations");
    expect(cluster.lab.sim).toMatchObject({ maxOut: 1, failover: true, healthy: true });
  } finally {
    await cluster.stop();
  }
});
