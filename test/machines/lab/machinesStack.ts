import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterInputs } from "../../../provider/inputs/schema";
import { labProgram, type PulumiRun, PulumiStack } from "../../support/pulumiStack";
import { inputsFor } from "./asClient";
import type { Machines } from "./startMachines";

/** A stack that manages the machines' cluster, through the real CLI, engine and SSH. */
export class MachinesStack {
  private constructor(
    readonly machines: Machines,
    readonly pulumi: PulumiStack,
    public inputs: ClusterInputs,
  ) {}

  static async create(machines: Machines, inputs: Partial<ClusterInputs>): Promise<MachinesStack> {
    const pulumi = await PulumiStack.create(labProgram);
    const stack = new MachinesStack(machines, pulumi, inputsFor(machines, inputs));
    await stack.set({});
    return stack;
  }

  /** Changes the program's inputs. */
  async set(change: Partial<ClusterInputs>): Promise<void> {
    this.inputs = { ...this.inputs, ...change };
    await writeFile(join(this.pulumi.folder, "settings.json"), JSON.stringify(this.inputs));
  }

  /** What `pulumi preview` says of each backend. */
  async preview(): Promise<Record<string, string>> {
    const { stdout } = await this.pulumi.ok("preview", "--json");
    const { steps } = JSON.parse(stdout) as {
      steps: { newState?: { inputs?: { backends?: Record<string, { step: string }> } } }[];
    };
    const backends = steps.map((each) => each.newState?.inputs?.backends).find(Boolean)!;
    return Object.fromEntries(Object.entries(backends).map(([name, { step }]) => [name, step]));
  }

  /** `pulumi up`, which must end with 0. */
  async up(...args: string[]): Promise<PulumiRun> {
    const done = await this.pulumi.up(...args);
    if (done.code !== 0) throw new Error(`pulumi up ended with ${done.code}:\n${done.all}`);
    return done;
  }

  /** The steps of the last upgrade that are about one of these, in the order in which they ended. */
  async steps(about: RegExp): Promise<string[]> {
    const { lastUpgrade } = await this.pulumi.outputs<{ lastUpgrade: { steps: { step: string }[] } }>();
    return lastUpgrade.steps.map(({ step }) => step).filter((step) => about.test(step));
  }

  /** Of each backend what changes with every change: its package, the services' processes, the provider's folder. */
  marks(): Promise<string[]> {
    const script = `chef-backend-ctl version && chef-backend-ctl status --simple | grep -o 'pid [0-9]*'
if [ -d /var/lib/pulumi-chef-backend ]; then find /var/lib/pulumi-chef-backend | sort; fi`;
    return Promise.all(this.machines.backends.map((machine) => machine.run(script)));
  }

  async remove(): Promise<void> {
    await this.pulumi.remove();
  }
}
