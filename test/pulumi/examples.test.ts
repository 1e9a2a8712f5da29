import { readFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { startEnterpriseLab } from "../../lab/enterpriseLab";
import { type Lab, startLab } from "../../lab/lab";
import type { LabNode } from "../../lab/machines/labNode";
import type { RunningMachines } from "../../lab/machines/startMachines";
import { PulumiStack, repository } from "../support/pulumiStack";

/** An example's own program, as it stands in the repository, on a stack of its own beside a lab. */
class Example {
  constructor(
    readonly lab: RunningMachines,
    readonly stack: PulumiStack,
  ) {}

  static async start(name: string, lab: RunningMachines): Promise<Example> {
    const source = readFileSync(join(repository, "examples", name, "index.ts"), "utf8");
    const module = ts.ModuleKind.CommonJS;
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
    });
    return new Example(lab, await PulumiStack.create(outputText));
  }

  /** Configuration, as lines of the stack's own file. */
  async configure(frontends: readonly LabNode[], values: Record<string, unknown>): Promise<void> {
    const { lab, stack } = this;
    const address = ({ name, host, port }: LabNode) => ({ name, host, port });
    const all = {
      nodes: lab.backends.map(address),
      frontends: frontends.map(address),
      knownHosts: lab.knownHosts,
      ...values,
    };
    const lines = Object.entries(all).map(([key, value]) => `  rehearsal:${key}: ${JSON.stringify(value)}\n`);
    await appendFile(join(stack.folder, "Pulumi.test.yaml"), `config:\n${lines.join("")}`);
    await stack.shell(`pulumi config set --secret privateKey < '${lab.privateKeyPath}'`);
  }

  async stop(): Promise<void> {
    await this.lab.stop();
    await this.stack.remove();
  }
}

const frontendsOf = ({ frontends }: Lab) => frontends.map(({ node }) => node);

describe("examples", () => {
  let example: Example;
  afterEach(() => example.stop());

  it("downtime: adopts at 1.4.40, asks for consent, upgrades to 2.3.16", async () => {
    const lab = await startLab({ scale: 25, version: "1.4.40" });
    example = await Example.start("downtime", lab);
    const { stack } = example;
    const { timeouts } = lab;
    await example.configure(frontendsOf(lab), {
      ...{ version: "1.4.40", packagePath: lab.packages["2.3.16"], timeouts },
    });
    expect((await stack.up()).code).toBe(0);
    expect(lab.sim.history).toEqual([]);
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
    expect(lab.sim.accidents).toEqual([]);
  });

  it("frontends: the backends, then the frontends, then nothing to do", async () => {
    const lab = await startLab({ scale: 25, frontendVersion: "14.16.19", frontendPackages: ["15.9.38"] });
    example = await Example.start("frontends", lab);
    const { stack } = example;
    await example.configure(frontendsOf(lab), {
      ...{ version: "2.3.16", packagePath: lab.packages["2.3.16"], timeouts: lab.timeouts },
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

  it("enterprise: adopts at 1.4.6, upgrades to 11.3.2, and destroys the old data when told", async () => {
    const lab = await startEnterpriseLab({ scale: 25 });
    example = await Example.start("enterprise", lab);
    const { stack } = example;
    await example.configure(lab.frontends, {
      ...{ version: "1.4.6", packagePath: lab.packages["11.3.2"], backupReference: "tape 17" },
      timeouts: { keepalived: 60, services: 60 },
    });
    expect((await stack.up()).code).toBe(0);
    expect(lab.sim.history).toEqual([]);
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
    expect([lab.sim.oldData, lab.sim.accidents]).toEqual([[], []]);
  });
});
