import { readFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { type Lab, type LabOptions, startLab } from "../../lab/lab";
import { essence } from "../support/rehearsal";
import { PulumiStack, repository } from "../support/pulumiStack";

/** An example's own program, as it stands in the repository, on a stack of its own beside a lab. */
class Example {
  constructor(
    readonly lab: Lab,
    readonly stack: PulumiStack,
  ) {}

  static async start(name: string, options: LabOptions): Promise<Example> {
    const lab = await startLab({ scale: 25, ...options });
    const source = readFileSync(join(repository, "examples", name, "index.ts"), "utf8");
    const module = ts.ModuleKind.CommonJS;
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
    });
    return new Example(lab, await PulumiStack.create(outputText));
  }

  /** Configuration, as lines of the stack's own file. */
  async configure(values: Record<string, unknown>): Promise<void> {
    const { lab, stack } = this;
    const address = ({ name, host, port }: Lab["nodes"][number]) => ({ name, host, port });
    const all = {
      nodes: lab.backends.map(address),
      frontends: lab.frontends.map(({ node }) => address(node)),
      knownHosts: lab.knownHosts,
      timeouts: lab.timeouts,
      ...values,
    };
    const lines = Object.entries(all).map(([key, value]) => `  rehearsal:${key}: ${JSON.stringify(value)}\n`);
    await appendFile(join(stack.folder, "Pulumi.test.yaml"), `config:\n${lines.join("")}`);
    await stack.shell(`pulumi config set --secret privateKey < '${lab.privateKeyPath}'`);
  }

  get commands(): string[] {
    return this.lab.sim.history.map(({ node, argv }) => `${node} ${essence(argv)}`);
  }

  async stop(): Promise<void> {
    await this.lab.stop();
    await this.stack.remove();
  }
}

describe("examples", () => {
  let example: Example;
  afterEach(() => example.stop());

  it("downtime: adopts at 1.4.40, asks for consent, upgrades to 2.3.16", async () => {
    example = await Example.start("downtime", { version: "1.4.40" });
    const { lab, stack } = example;
    await example.configure({ version: "1.4.40", packagePath: lab.packages["2.3.16"] });
    expect((await stack.up()).code).toBe(0);
    expect(example.commands).toEqual([]);
    await stack.ok("config", "set", "version", "2.3.16");
    expect((await stack.run("preview")).all).toContain('set allowDowntime: "2.3.16"');
    await stack.ok("config", "set", "allowDowntime", "2.3.16");
    const up = await stack.up();
    expect(up.all).toContain("1 updated");
    expect(await stack.outputs()).toMatchObject({
      installedVersions: { "backend-1": "2.3.16", "backend-2": "2.3.16", "backend-3": "2.3.16" },
      healthy: true,
      frontendHealth: { "frontend-1": "pong", "frontend-2": "pong" },
      backups: [{ node: expect.stringMatching(/^backend-/) as string }, { node: "frontend-1" }],
    });
    expect(lab.sim.accidents).toEqual([]);
  });

  it("frontends: the backends, then the frontends, then nothing to do", async () => {
    example = await Example.start("frontends", {
      frontendVersion: "14.16.19",
      frontendPackages: ["15.9.38"],
    });
    const { lab, stack } = example;
    await example.configure({
      ...{ version: "2.3.16", packagePath: lab.packages["2.3.16"] },
      ...{ frontendVersion: "15.9.38", frontendPackagePath: lab.frontendPackages["15.9.38"] },
      acceptLicense: true,
    });
    const up = await stack.up();
    expect(up.all).toContain("2 created");
    expect(await stack.outputs()).toMatchObject({
      installedVersions: { "backend-1": "2.3.16", "backend-2": "2.3.16", "backend-3": "2.3.16" },
      frontendVersions: { "frontend-1": "15.9.38", "frontend-2": "15.9.38" },
      frontendHealth: { "frontend-1": "pong", "frontend-2": "pong" },
    });
    expect(lab.sim.accidents).toEqual([]);
    await stack.ok("preview", "--expect-no-changes");
  });
});
