import type { Clock } from "./clock";
import type { Machine } from "./machine";
import { MemoryTree, type NodeTree } from "./nodeTree";
import { printedInstead, printInstead } from "./programs/printed";
import { Run, type Program } from "./programs/program";
import { Random } from "./random";
import { plainShape, type Shape } from "./shape";
import type { MaintainerScript, NodeSwitches } from "./switches";
import { defaultTimings, type Timings } from "./timings";
import { Triggers, type Trigger } from "./triggers";
import {
  NodeDownError,
  type ExecIo,
  type ExecResult,
  type HistoryEntry,
  type Platform,
  type SystemOptions,
} from "./types";

/** `env NAME=VALUE… PROGRAM …` for callers without a shell: the program, and what it finds in its environment. */
function withoutEnv(argv: readonly string[]) {
  const program = argv[0] === "env" ? argv.findIndex((word, at) => at > 0 && !/^\w+=/.test(word)) : 0;
  if (program <= 0) return { argv, env: {} };
  const env = Object.fromEntries(argv.slice(1, program).map((word) => word.split(/=(.*)/s, 2)));
  return { argv: argv.slice(program), env: env as Record<string, string> };
}

/**
 * Simulated machines on one clock, whatever product runs on them: programs are run by `exec`. It does no IO and
 * knows no real time.
 */
export abstract class System {
  readonly clock: Clock;
  readonly platform: Platform;
  readonly random: Random;
  readonly timings: Timings;
  readonly osRelease: string | undefined;
  /** How nodes print what is read of them, from now on. */
  readonly shape: Shape;
  /** Changing commands in the order in which they started. */
  readonly history: HistoryEntry[] = [];
  /** What nobody should do was done: a sentence each. */
  readonly accidents: string[] = [];
  readonly #treeOf: (node: string) => NodeTree;
  readonly #trees = new Map<string, NodeTree>();
  readonly #triggers = new Triggers(this);
  readonly #listeners: ((node: string, up: boolean) => void)[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(options: SystemOptions) {
    this.clock = options.clock;
    this.platform = options.platform ?? "deb";
    this.random = new Random(options.seed ?? 1);
    this.timings = { ...defaultTimings, ...options.timings };
    this.osRelease = options.osRelease;
    this.shape = { ...plainShape(), ...options.shape };
    this.#treeOf = options.treeOf ?? (() => new MemoryTree());
  }

  abstract readonly backends: readonly Machine[];
  abstract readonly frontends: readonly Machine[];

  /** Programs of a machine that the simulation answers for, by name: programs of this very system. */
  abstract programsOf(machine: Machine): Readonly<Record<string, Program<never>>>;

  /** The content of a file of the product; undefined when it has none there. */
  abstract productFile(machine: Machine, path: string): ProductFile | undefined;

  /** What the package's maintainer script does. It is a process of its own: it goes on without the package manager. */
  abstract startPostinst(machine: Machine, script: MaintainerScript): void;

  /** Lets everything follow from a change that follows. */
  protected abstract settle(): void;

  /** Called after every change of anything. */
  changed(): void {
    this.settle();
    for (const check of [...this.#waiting]) check();
  }

  get machines(): readonly Machine[] {
    return [...this.backends, ...this.frontends];
  }

  /** @throws NodeDownError when there is no such machine */
  machine(node: string): Machine {
    const found = this.machines.find((machine) => machine.name === node);
    if (!found) throw new NodeDownError(`the simulation has no machine ${node}`);
    return found;
  }

  /** Files on a node which the product writes and people copy. */
  tree(node: string): NodeTree {
    const tree = this.#trees.get(node) ?? this.#treeOf(node);
    this.#trees.set(node, tree);
    return tree;
  }

  /** What can be made to go wrong on a node: see switches.ts. */
  switches(node: string): NodeSwitches {
    return this.machine(node).switches;
  }

  /** The addresses that a machine carries now. */
  addressesOf(machine: Machine): string[] {
    return [...machine.addresses];
  }

  /**
   * Runs one program as if on that node.
   * @returns its outcome, or "passthrough" when it is about files that the simulation does not own
   * @throws NodeDownError when the machine is down
   */
  async exec(node: string, words: readonly string[], io: ExecIo = {}): Promise<ExecResult | "passthrough"> {
    const { argv, env } = withoutEnv(words);
    const machine = this.machine(node);
    if (!machine.up) throw new NodeDownError(`${node} is down`);
    const programs = this.programsOf(machine);
    const name = (argv[0] ?? "").replace(/^.*\//, "");
    const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
    if (!program) {
      const stderr = `${argv[0] ?? ""}: command not found\n`;
      io.onOutput?.("stderr", stderr);
      return { code: 127, stdout: "", stderr };
    }
    const { killed, done } = machine.program(io.signal);
    const run = new Run<System>(this, machine, argv, { ...io, env: { ...io.env, ...env } }, killed);
    try {
      if (io.signal?.aborted) throw killed.signal.reason;
      const instead = printedInstead(machine, argv);
      run.muted = instead !== undefined;
      const own = await program(run as Run<never>);
      if (own === "passthrough" && instead === undefined) return own;
      run.muted = false;
      const status = own === "passthrough" ? 0 : own;
      const code = instead === undefined ? status : printInstead(run, instead, status);
      if (run.entry) Object.assign(run.entry, { ended: this.clock.now(), code });
      return { code, stdout: run.stdout, stderr: run.stderr };
    } catch (error) {
      if (!killed.signal.aborted) throw error;
      if (run.entry) Object.assign(run.entry, { ended: this.clock.now(), killed: true });
      return { code: 137, stdout: run.stdout, stderr: run.stderr, signal: "SIGKILL" };
    } finally {
      done();
    }
  }

  /** The machine stops at once; its running commands die. */
  nodeDown(node: string): void {
    this.machine(node).down();
    this.changed();
    for (const listener of this.#listeners) listener(node, false);
  }

  /** The machine boots, its services start. */
  nodeUp(node: string): void {
    this.machine(node).boot();
    this.changed();
    for (const listener of this.#listeners) listener(node, true);
  }

  /** Down now, up again after `timings.reboot` simulated seconds (or those given). */
  reboot(node: string, seconds = this.timings.reboot): void {
    this.nodeDown(node);
    this.clock.setTimer(seconds * 1000, () => this.nodeUp(node));
  }

  /** Calls the listener when a machine goes down or comes up. */
  onMachine(listener: (node: string, up: boolean) => void): void {
    this.#listeners.push(listener);
  }

  /** Calls `action` once, that many simulated seconds after a changing command with that beginning starts there. */
  when(node: string, prefix: readonly string[], action: () => void, afterSeconds = 0): Trigger {
    return this.#triggers.add({ node, prefix, action, afterSeconds });
  }

  /** For programs: a changing command starts. */
  commandStarted(entry: HistoryEntry): void {
    this.#triggers.started(entry);
  }

  /** Resolves when the condition holds after some change; rejects when the signal aborts. */
  until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const finish = (end: () => void) => {
        this.#waiting.delete(check);
        signal.removeEventListener("abort", abort);
        end();
      };
      const check = () => condition() && finish(resolve);
      const abort = () => finish(() => reject(signal.reason as Error));
      this.#waiting.add(check);
      signal.addEventListener("abort", abort, { once: true });
    });
  }
}

/** A file as the product shows it; what is missing is filled in. */
export interface ProductFile {
  readonly content: string;
  readonly mtime?: number;
  readonly bytes?: number;
  /** Octal, such as 0o600; 0644 where it is missing. */
  readonly mode?: number;
  /** `root:root` where it is missing. */
  readonly owner?: string;
  /** A regular file where it is missing. */
  readonly kind?: "file" | "directory" | "symbolic link";
}
