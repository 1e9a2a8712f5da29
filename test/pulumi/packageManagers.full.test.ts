/**
 * A component package that alone depends on ours, under the package managers that let a program reach only what it names
 * itself: the real ones, from the registry.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Lab, startLab } from "../../lab/lab";
import { settingsFor } from "../support/labStack";
import { given, inRegistry } from "../support/needs";
import { PulumiStack, repository } from "../support/pulumiStack";

const run = promisify(execFile);

const component = `const pulumi = require("@pulumi/pulumi");
const { ChefBackendCluster } = require("pulumi-chef-backend");
exports.Chef = class extends pulumi.ComponentResource {
  constructor(name, settings) {
    super("acme:Chef", name);
    new ChefBackendCluster(name, settings, { parent: this });
  }
};
`;
const program = `const { Chef } = require("acme-chef");
new Chef("prod", JSON.parse(require("fs").readFileSync("settings.json", "utf8")));
`;

const managers = {
  pnpm: { packages: ["pnpm@10"], install: ["pnpm", "install", "--prefer-offline"], env: () => ({}) },
  "Yarn's plug'n'play": {
    packages: ["@yarnpkg/cli-dist@4"],
    install: ["yarn", "install", "--no-immutable"],
    // What `yarn run` sets for the programs that it starts.
    env: (folder: string) => ({ NODE_OPTIONS: `--require ${folder}/.pnp.cjs` }),
  },
};

for (const [name, { packages, install, env }] of Object.entries(managers))
  given(`a component package under ${name}`, inRegistry(...packages)).describe(name, () => {
    let lab: Lab;
    let scratch: string;
    beforeAll(async () => {
      lab = await startLab({ scale: 30 });
      scratch = await mkdtemp(join(tmpdir(), "pulumi-chef-backend-managed-"));
    });
    afterAll(async () => {
      await lab.stop();
      await rm(scratch, { recursive: true, force: true });
    });

    const pack = async (folder: string) => {
      const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", scratch];
      const [{ filename }] = JSON.parse((await run("npm", args, { cwd: folder })).stdout) as [
        { filename: string },
      ];
      return `file:${join(scratch, filename)}`;
    };

    it("works without being a dependency of the program", async () => {
      const write = async (path: string, content: string | object) => {
        await mkdir(join(scratch, path, ".."), { recursive: true });
        await writeFile(join(scratch, path), typeof content === "string" ? content : JSON.stringify(content));
      };
      await write("component/index.js", component);
      await write("component/package.json", {
        ...{ name: "acme-chef", version: "1.0.0", exports: { ".": "./index.js" } },
        dependencies: { "pulumi-chef-backend": await pack(repository) },
        peerDependencies: { "@pulumi/pulumi": "*" },
      });
      const folder = join(scratch, "program");
      await write("program/settings.json", settingsFor(lab));
      await write("program/.yarnrc.yml", "nodeLinker: pnp\nenableTelemetry: false\n");
      await write("program/yarn.lock", "");
      const stack = await PulumiStack.create(program, { link: false, folder });
      await write("program/package.json", {
        ...{ name: "rehearsal", private: true },
        dependencies: {
          "acme-chef": await pack(join(scratch, "component")),
          "@pulumi/pulumi": "3.259.0",
        },
      });
      const from = packages.flatMap((each) => ["--package", each]);
      await run("npx", ["--yes", ...from, ...install], { cwd: folder, env: stack.env, maxBuffer: 2 ** 24 });
      const { all, code } = await stack.start(["preview", "--diff", "--non-interactive"], env(folder)).done;
      expect(all).toContain('"nothing to do"');
      expect(code).toBe(0);
    });
  });
