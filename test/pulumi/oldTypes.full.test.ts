import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LabStack } from "../support/labStack";

test("a state with the type of earlier releases: refreshed under it, then taken over, never created or deleted", async () => {
  const cluster = await LabStack.start();
  try {
    const { stack } = cluster;
    expect((await stack.up()).code).toBe(0);
    const [old, now] = ["dynamic/chef-backend:ChefBackendCluster", "dynamic:ChefHA"];
    const { stdout } = await stack.ok("stack", "export", "--show-secrets");
    expect(stdout).toContain(`${now}::prod`);
    await writeFile(join(stack.folder, "old.json"), stdout.replaceAll(now, old));
    await stack.ok("stack", "import", "--file", "old.json");
    await stack.ok("refresh", "--yes");
    expect((await stack.state()).text).toContain(`${old}::prod`);
    await cluster.set({ version: "2.3.16" });
    const up = await stack.up();
    expect(up.all).toContain("1 updated");
    expect(up.all).not.toMatch(/created|deleted|replaced/);
    const { resources } = await stack.state();
    expect(resources.map(({ type }) => type)).toContain(`pulumi-nodejs:${now}`);
    expect(resources.map(({ type }) => type)).not.toContain(`pulumi-nodejs:${old}`);
    await stack.ok("preview", "--expect-no-changes");
  } finally {
    await cluster.stop();
  }
});
