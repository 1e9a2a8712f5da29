import { readFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { address } from "../../lab/demo/stage";
import type { RunningMachines } from "../../lab/machines/startMachines";
import type { MigrationLab } from "../../lab/migrationLab";
import { historyLines, showIfFailed } from "../support/labLog";
import { PulumiStack, repository } from "../support/pulumiStack";

/** A stack with an example's own program, as it stands in the repository. */
export function exampleStack(name: string): Promise<PulumiStack> {
  const source = readFileSync(join(repository, "examples", name, "index.ts"), "utf8");
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    },
  });
  return PulumiStack.create(outputText);
}

/** Configuration of a stack, as lines of its own file; with the lab's key as a secret. */
export async function configure(
  stack: PulumiStack,
  lab: RunningMachines,
  config: Readonly<Record<string, unknown>>,
): Promise<void> {
  const all = { knownHosts: lab.knownHosts, ...config };
  const lines = Object.entries(all).map(([key, value]) => `  rehearsal:${key}: ${JSON.stringify(value)}\n`);
  await appendFile(join(stack.folder, "Pulumi.test.yaml"), `config:\n${lines.join("")}`);
  await stack.shell(`pulumi config set --secret privateKey < '${lab.privateKeyPath}'`);
}

/** What the migration's example is configured with; neither rehearsed nor consented to. */
export function migrationConfig(lab: MigrationLab) {
  const at = (...names: string[]) => names.map((name) => address(lab.node(name)));
  return {
    ...{ version: "2.3.16", packagePath: lab.packages.backend },
    ...{ frontendVersion: "15.9.38", frontendPackagePath: lab.packages.server, acceptLicense: true },
    nodes: at("backend-1", "backend-2", "backend-3"),
    frontends: at("frontend-1", "frontend-2"),
    oldBackends: at("old-backend-1", "old-backend-2"),
    oldFrontends: at("old-frontend-1", "old-frontend-2"),
    ...{ knife: lab.knife("frontend-1"), oldKnife: lab.knife("old-frontend-1") },
    backendConfig: lab.backendConfig,
    timeouts: lab.timeouts,
  };
}

type AnyLab = RunningMachines & { readonly sim: { readonly history: Parameters<typeof historyLines>[0] } };

/** Examples of one file of tests, each with its lab; what a test has started ends with it. */
export class Examples {
  readonly #ends: (() => Promise<void>)[] = [];

  async start<L extends AnyLab>(name: string, starting: Promise<L>, config: (lab: L) => object) {
    const lab = await starting;
    this.#ends.push(() => lab.stop());
    showIfFailed("What was changed on the lab last", () => historyLines(lab.sim.history));
    const stack = await exampleStack(name);
    this.#ends.push(() => stack.remove());
    await configure(stack, lab, { ...config(lab) });
    return { lab, stack };
  }

  /** What was started last ends first. */
  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0).toReversed()) await end();
  }
}
