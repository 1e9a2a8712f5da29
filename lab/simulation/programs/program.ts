import type { Backend } from "../cluster/backend";
import type { Frontend } from "../frontend";
import type { Machine } from "../machine";
import type { Simulation } from "../simulation";
import type { ExecIo, HistoryEntry } from "../types";

/** The simulation does not own what was asked for: the real program shall answer. */
export const PASSTHROUGH = "passthrough";

/** One run of a program on a machine. */
export class Run {
  stdout = "";
  stderr = "";
  entry: HistoryEntry | undefined;

  constructor(
    readonly sim: Simulation,
    readonly machine: Machine,
    /** The program's name and its arguments. */
    readonly argv: readonly string[],
    readonly io: ExecIo,
    readonly signal: AbortSignal,
  ) {}

  get args(): readonly string[] {
    return this.argv.slice(1);
  }

  get isRoot(): boolean {
    return (this.io.user ?? "root") === "root";
  }

  get backend(): Backend {
    return this.sim.backend(this.machine.name);
  }

  get frontend(): Frontend {
    return this.sim.frontend(this.machine.name);
  }

  /** Prints a line (or several). */
  say(text: string): void {
    this.print(`${text}\n`);
  }

  print(text: string): void {
    this.stdout += text;
    this.io.onOutput?.("stdout", text);
  }

  /** Prints to standard error, and gives the exit status back: `return run.fail(1, "…")`. */
  fail(code: number, text: string): number {
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
export type Program = (run: Run) => Promise<number | typeof PASSTHROUGH> | number | typeof PASSTHROUGH;
