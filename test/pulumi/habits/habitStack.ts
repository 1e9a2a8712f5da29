import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PulumiStack, type PulumiRun } from "../../support/pulumiStack";
import { front } from "./front";
import { type Declared, programText } from "./program";

/** One command of Pulumi's, with what its engine said of each resource. */
export interface Outcome extends PulumiRun {
  /** What was done, or would be, by the resource's name: `same`, `update`, …; of a refresh what it came to. */
  readonly ops: Readonly<Record<string, string>>;
  /** What stays on the screen under a resource's name, and `""` for what belongs to none: `warning: …`, `error: …`. */
  readonly said: Readonly<Record<string, readonly string[]>>;
  /** All the engine told, as it told it. */
  readonly events: string;
}

export interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs: Record<string, unknown>;
  readonly outputs: Record<string, unknown>;
}

interface Event {
  readonly diagnosticEvent?: { urn?: string; message: string; severity: string; ephemeral?: boolean };
  readonly resourcePreEvent?: { metadata: { urn: string; op: string } };
  readonly resOutputsEvent?: { metadata: { urn: string; op: string } };
}

/** A project whose program is data: resources of this package, changed and run as people do. */
export class HabitStack {
  resources: Record<string, Declared> = {};
  exported: Record<string, readonly [resource: string, property: string]> = {};

  private constructor(readonly pulumi: PulumiStack) {}

  static async start(resources: Record<string, Declared>): Promise<HabitStack> {
    const stack = new HabitStack(await PulumiStack.create(programText(front)));
    // Of the files that the engine has written only these are needed, and it writes them after each step.
    Object.assign(stack.pulumi.env, { PULUMI_DEBUG_COMMANDS: "1", PULUMI_DISABLE_CHECKPOINT_BACKUPS: "1" });
    stack.resources = resources;
    return stack;
  }

  /** Changes inputs of one resource; `undefined` takes one out. */
  set(name: string, inputs: Record<string, unknown>, change: Partial<Declared> = {}): void {
    const { [name]: old } = this.resources;
    this.resources[name] = { ...old!, ...change, inputs: { ...old!.inputs, ...inputs } };
  }

  up = (...args: string[]) => this.run("up", "--yes", "--skip-preview", ...args);
  preview = (...args: string[]) => this.run("preview", ...args);
  refresh = (...args: string[]) => this.run("refresh", "--yes", "--skip-preview", ...args);
  destroy = (...args: string[]) => this.run("destroy", "--yes", "--skip-preview", ...args);

  async run(...args: string[]): Promise<Outcome> {
    const { folder } = this.pulumi;
    const log = join(folder, "events.json");
    await rm(log, { force: true });
    const { resources, exported } = this;
    await writeFile(join(folder, "program.json"), JSON.stringify({ resources, exported }));
    const run = await this.pulumi.run(...args, "--non-interactive", "--event-log", log);
    // What only `--debug` shows is the SDK's own, which has what the program has in clear.
    const events = (await readFile(log, "utf8").catch(() => ""))
      .split("\n")
      .filter((line) => !line.includes('"severity":"debug"'))
      .join("\n");
    return { ...run, events, ...told(events) };
  }

  /** The same, which must end well. */
  async ok(run: Promise<Outcome>): Promise<Outcome> {
    const outcome = await run;
    if (outcome.code !== 0) throw new Error(`pulumi ended with ${outcome.code}:\n${outcome.all}`);
    return outcome;
  }

  /** The state's file, as it lies there, whatever project and stack are called. */
  async stateText(): Promise<string> {
    const files = await readdir(join(this.pulumi.folder, ".state/.pulumi/stacks"), { recursive: true });
    const [only] = files.filter((file) => file.endsWith(".json"));
    return this.pulumi.read(join(".state/.pulumi/stacks", only!));
  }

  async state(name: string): Promise<Resource> {
    const { checkpoint } = JSON.parse(await this.stateText()) as {
      checkpoint: { latest: { resources?: Resource[] } };
    };
    const found = checkpoint.latest.resources?.find(({ urn }) => nameOf(urn) === name);
    if (!found) throw new Error(`the state has no ${name}`);
    return found;
  }

  stop(): Promise<void> {
    return this.pulumi.remove();
  }
}

const nameOf = (urn: string) => urn.split("::").at(-1)!;

function told(text: string): Pick<Outcome, "ops" | "said"> {
  const [ops, said]: [Record<string, string>, Record<string, string[]>] = [{}, {}];
  for (const line of text.split("\n").filter(Boolean)) {
    const { diagnosticEvent, resourcePreEvent, resOutputsEvent } = JSON.parse(line) as Event;
    const { metadata } = resOutputsEvent ?? resourcePreEvent ?? {};
    if (metadata) ops[nameOf(metadata.urn)] = metadata.op;
    if (diagnosticEvent && !diagnosticEvent.ephemeral)
      (said[nameOf(diagnosticEvent.urn ?? "")] ??= []).push(plain(diagnosticEvent));
  }
  return { ops, said };
}

/** Without the engine's marks for colours. */
const plain = ({ severity, message }: { severity: string; message: string }) =>
  `${severity}: ${message.replace(/<\{%[^%]*%\}>/g, "").trim()}`;
