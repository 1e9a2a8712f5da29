import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Lab, type LabOptions, startLab } from "../../lab/lab";
import { historyLines, showIfFailed } from "./labLog";
import { labProgram, PulumiStack } from "./pulumiStack";

export type Settings = Record<string, unknown>;

/** A lab and a stack that manages it, through the real CLI, engine and SSH. */
export class LabStack {
  private constructor(
    readonly lab: Lab,
    readonly stack: PulumiStack,
    public settings: Settings,
  ) {}

  static async start(options: LabOptions = {}, settings: Settings = {}): Promise<LabStack> {
    const lab = await startLab({ scale: 20, ...options });
    try {
      const stack = await PulumiStack.create(labProgram);
      const both = new LabStack(lab, stack, { ...settingsFor(lab), ...settings });
      await both.set({});
      showIfFailed("What was changed on the lab last", () => historyLines(lab.sim.history));
      return both;
    } catch (error) {
      await lab.stop();
      throw error;
    }
  }

  /** With the cluster adopted at its first version, and a program that asks for the next one. */
  static async aboutToUpgrade(): Promise<LabStack> {
    const cluster = await LabStack.start();
    await cluster.stack.up();
    await cluster.set({ version: "2.3.16" });
    return cluster;
  }

  /** Changes the program's inputs. */
  async set(change: Settings): Promise<void> {
    this.settings = { ...this.settings, ...change };
    await writeFile(join(this.stack.folder, "settings.json"), JSON.stringify(this.settings));
  }

  /** Changing commands on the cluster so far, as `backend-2 upgrade`. */
  get history(): string[] {
    return this.lab.sim.history.map(({ node, argv }) => `${node} ${argv.join(" ")}`);
  }

  async stop(): Promise<void> {
    await this.lab.stop();
    await this.stack.remove();
  }
}

/** Inputs for a lab's cluster at its first version. */
export function settingsFor(lab: Lab): Settings {
  return {
    version: "2.1.0",
    nodes: lab.backends.map(({ name, port }) => ({ name, host: "127.0.0.1", port })),
    connection: { privateKey: lab.privateKey, knownHosts: lab.knownHosts },
    packageFile: { path: lab.packages["2.3.16"] },
    timeouts: lab.timeouts,
  };
}
