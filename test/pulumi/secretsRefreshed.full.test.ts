import { LabStack, type Settings } from "../support/labStack";

/** Secrets that are new with an update that fails half-way: Pulumi keeps the inputs from before it, a refresh writes the new ones. */
test("a refresh after a failed update writes no secret in clear", async () => {
  const cluster = await LabStack.start({ scale: 50 });
  try {
    await cluster.stack.up();
    cluster.lab.sim.switches("backend-3").upgradeFails = { code: 1, message: "no space left" };
    const [first, second, third] = cluster.settings.nodes as Settings[];
    await cluster.set({
      version: "2.3.16",
      connection: { ...(cluster.settings.connection as Settings), sudoPassword: "cANARY-sudo-51aa" },
      nodes: [first, { ...second, password: "cANARY-node-62bb" }, third],
    });
    const failed = await cluster.stack.up();
    expect(failed.all).toContain("FAILOVER IS OFF");
    const runs = [
      await cluster.stack.ok("refresh", "--yes", "--skip-preview", "--diff"),
      await cluster.stack.ok("preview", "--diff"),
      await cluster.stack.ok("preview", "--json"),
      await cluster.stack.ok("refresh", "--yes", "--skip-preview", "--expect-no-changes"),
    ];
    const { text } = await cluster.stack.state();
    expect([text, ...runs.map(({ all }) => all)].join("\n")).not.toContain("cANARY");
  } finally {
    await cluster.stop();
  }
});
