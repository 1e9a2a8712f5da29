import { Backend } from "../cluster/backend";
import { Frontend } from "../frontend";
import type { Machine } from "../machine";
import type { Simulation } from "../simulation";
import type { System } from "../system";
import { dress } from "../shape";
import { filling } from "./printed";
import type { ExecIo, HistoryEntry } from "../types";

const fillingBlock = filling.repeat(1000);

/** The simulation does not own what was asked for: the real program shall answer. */
export const PASSTHROUGH = "passthrough";

/** One run of a program on a machine: of a Chef Backend cluster, where no other system is named. */
export class Run<S extends System = Simulation> {
  stdout = "";
  stderr = "";
  entry: HistoryEntry | undefined;
  /** Nothing is printed: the switch `prints` has something in place of it. */
  muted = false;

  constructor(
    readonly sim: S,
    readonly machine: Machine,
    /** The program's name and its arguments. */
    readonly argv: readonly string[],
    readonly io: ExecIo,
    private readonly killed: AbortController,
  ) {}

  /** Aborted when the process is killed. Made on demand: it is the costliest part of a program that only prints. */
  get signal(): AbortSignal {
    return this.killed.signal;
  }

  get args(): readonly string[] {
    return this.argv.slice(1);
  }

  get isRoot(): boolean {
    return (this.io.user ?? "root") === "root";
  }

  get backend(): Backend {
    if (this.machine instanceof Backend) return this.machine;
    throw new Error(`${this.machine.name} is no backend`);
  }

  get frontend(): Frontend {
    if (this.machine instanceof Frontend) return this.machine;
    throw new Error(`${this.machine.name} is no frontend`);
  }

  /** Prints a line (or several). */
  say(text: string): void {
    this.print(`${text}\n`);
  }

  print(text: string): void {
    if (this.muted) return;
    this.stdout += text;
    this.io.onOutput?.("stdout", text);
  }

  /** Prints what is read of a node, in the shape that the simulation gives it. */
  show(text: string): void {
    this.print(dress(text, this.sim.shape));
  }

  printBytes(bytes: Uint8Array): void {
    if (!this.io.onBytes) return this.print(Buffer.from(bytes).toString("utf8"));
    this.io.onBytes(bytes);
  }

  /** Prints so many bytes of lines. */
  fill(bytes: number): void {
    if (this.io.onBytes) return this.io.onBytes(bytes);
    for (let rest = bytes; rest > 0; rest -= fillingBlock.length) this.print(fillingBlock.slice(0, rest));
  }

  /** Prints to standard error, and gives the exit status back: `return run.fail(1, "…")`. */
  fail(code: number, text: string): number {
    if (this.muted) return code;
    const line = `${text}\n`;
    this.stderr += line;
    this.io.onOutput?.("stderr", line);
    return code;
  }

  /** Simulated seconds pass; rejects when the process is killed. */
  sleep(seconds: number): Promise<void> {
    return this.sim.clock.sleep(seconds * 1000, this.signal);
  }

  /** From here on the command changes something: it goes into the history. */
  changes(): void {
    if (this.entry) return;
    this.entry = { at: this.sim.clock.now(), node: this.machine.name, argv: [...this.argv] };
    this.sim.history.push(this.entry);
    this.sim.commandStarted(this.entry);
  }

  /** A path as the program was given it, made absolute. */
  path(path: string): string {
    return path.startsWith("/") || !this.io.cwd ? path : `${this.io.cwd}/${path}`;
  }

  /** Bytes of a file on the node. */
  async read(path: string): Promise<Uint8Array | undefined> {
    const whole = this.path(path);
    if (this.machine.switches.hiddenFiles.includes(whole)) return undefined;
    return this.io.files?.read(whole);
  }
}

/** A program: prints through `run`, gives its exit status. */
export type Program<S extends System = Simulation> = (
  run: Run<S>,
) => Promise<number | typeof PASSTHROUGH> | number | typeof PASSTHROUGH;
