import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LabStack } from "../support/labStack";
import { repository } from "../support/pulumiStack";

/** What the constructor refuses, warns of and lets pass, through the real engine. Each test goes on where the last one stopped. */
const program = `const pulumi = require("@pulumi/pulumi");
const { ChefBackendCluster } = require("pulumi-chef-backend");
const { options, output, ...settings } = JSON.parse(require("fs").readFileSync("settings.json", "utf8"));
const cluster = new ChefBackendCluster("prod", { ...settings, ...(output ? { [output]: pulumi.secret(undefined) } : {}) }, options);
exports.version = cluster.version;
exports.first = cluster.nodes.apply((nodes) => nodes[0].name);
exports.user = cluster.connection.apply((connection) => connection?.user ?? "default");
exports.backup = cluster.backup.apply((backup) => backup ?? "default");
`;

describe("the constructor, through the Pulumi engine", () => {
  let cluster: LabStack;
  beforeAll(async () => {
    cluster = await LabStack.start();
    await writeFile(join(cluster.stack.folder, "index.js"), program);
  });
  afterAll(() => cluster.stop());

  it("lets wrong kinds through to validation: one error on each property", async () => {
    const { connection, nodes, timeouts } = cluster.settings;
    await cluster.set({ connection: null, nodes: { a: "text" }, timeouts: "text" });
    const { all, code } = await cluster.stack.run("preview", "--non-interactive");
    expect(code).not.toBe(0);
    expect(all).not.toMatch(/TypeError|unhandled/);
    // Pulumi prints each as it happens and again at the end.
    const problems = new Set(
      [...all.matchAll(/resource 'prod'(.* has a problem: .*)/g)].map(([, text]) => text),
    );
    expect([...problems]).toEqual([
      " has a problem: nodes: got an object, expected a list of three backends",
      " has a problem: connection: got null, expected an object",
      " has a problem: timeouts: got text, expected an object",
    ]);
    await cluster.set({ connection, nodes, timeouts });
  });

  it("refuses `import` in one sentence, without a stack", async () => {
    await cluster.set({ options: { import: "chef-backend-1" } });
    const { all, code } = await cluster.stack.run("preview", "--non-interactive");
    expect(code).not.toBe(0);
    expect(all).toContain("ChefBackendCluster prod: got the option `import`, but there is nothing to import");
    expect(all).not.toMatch(/^\s*at /m);
  });

  it("warns under the resource of options without an effect, and goes on; a secret nothing is not given", async () => {
    const options = {
      replaceOnChanges: ["*"],
      customTimeouts: { create: "1s" },
      ignoreChanges: ["conection"],
    };
    await cluster.set({ options, output: "breakLock" });
    const up = await cluster.stack.up();
    expect(up.code).toBe(0);
    const under = up.all.slice(up.all.indexOf(":ChefHA (prod):"));
    for (const name of ["The option `replaceOnChanges`", "The option `customTimeouts`", "`ignoreChanges`"])
      expect(under).toContain(`warning: ${name} has no effect`);
  });

  it("makes an output of each input, given or not", async () => {
    expect(await cluster.stack.outputs()).toEqual({
      ...{ version: "2.1.0", first: "backend-1", backup: "default" },
      // An object with a secret in it is one.
      user: "[secret]",
    });
  });

  it("cannot say anything to `pulumi import`: that fails, with what docs/troubleshooting.md quotes", async () => {
    const type = "pulumi-nodejs:dynamic:ChefHA";
    const { all, code } = await cluster.stack.run("import", type, "other", "chef-backend-1", "--yes");
    expect(code).not.toBe(0);
    expect(all).toContain("Cannot read properties of undefined (reading 'toJavaScript')");
    const page = await readFile(join(repository, "docs/troubleshooting.md"), "utf8");
    expect(page).toContain("Cannot read properties of undefined (reading 'toJavaScript')");
  });
});
