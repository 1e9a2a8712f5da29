import { programOf } from "./programs";
import { Run } from "./programs/program";
import { SimulatedCluster } from "./simulatedCluster";
import { Triggers, type Trigger } from "./triggers";
import { NodeDownError, type ExecIo, type ExecResult, type HistoryEntry } from "./types";

/** `env NAME=VALUE… PROGRAM …` for callers without a shell: the program, and what it finds in its environment. */
function withoutEnv(argv: readonly string[]) {
  const program = argv[0] === "env" ? argv.findIndex((word, at) => at > 0 && !/^\w+=/.test(word)) : 0;
  if (program <= 0) return { argv, env: {} };
  const env = Object.fromEntries(argv.slice(1, program).map((word) => word.split(/=(.*)/s, 2)));
  return { argv: argv.slice(program), env: env as Record<string, string> };
}

/**
 * One simulated Chef Backend cluster with its frontends. It does no IO and knows no real time: programs are run
 * by `exec`, time comes from the clock. Everything documented behaves and prints as the vendor's documentation
 * says; where that is silent, a choice was made which the code names.
 *
 * What can go wrong: `switches(node)` for one node (switches.ts), the methods below for machines and cluster.
 */
export class Simulation extends SimulatedCluster {
  /** Changing commands in the order in which they started. */
  readonly history: HistoryEntry[] = [];
  /** Columns which `cluster-status` leaves out, by their header. */
  readonly droppedStatusColumns: string[] = [];
  readonly #triggers = new Triggers(this);
  readonly #listeners: ((node: string, up: boolean) => void)[] = [];

  /**
   * Runs one program as if on that node.
   * @returns its outcome, or "passthrough" when it is about files that the simulation does not own
   * @throws NodeDownError when the machine is down
   */
  async exec(node: string, words: readonly string[], io: ExecIo = {}): Promise<ExecResult | "passthrough"> {
    const { argv, env } = withoutEnv(words);
    const machine = this.machine(node);
    if (!machine.up) throw new NodeDownError(`${node} is down`);
    const program = programOf(machine, argv[0] ?? "");
    if (!program) {
      const stderr = `${argv[0] ?? ""}: command not found\n`;
      io.onOutput?.("stderr", stderr);
      return { code: 127, stdout: "", stderr };
    }
    const { signal, done } = machine.program(io.signal);
    const run = new Run(this, machine, argv, { ...io, env: { ...io.env, ...env } }, signal);
    try {
      if (signal.aborted) throw signal.reason;
      const code = await program(run);
      if (code === "passthrough") return code;
      if (run.entry) Object.assign(run.entry, { ended: this.clock.now(), code });
      return { code, stdout: run.stdout, stderr: run.stderr };
    } catch (error) {
      if (!signal.aborted) throw error;
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

  /** Another leader at once, by hand or by fate; default: the first follower that could take over. */
  forceFailover(to?: string): void {
    const next = to ? this.backend(to) : this.backends.find((backend) => this.cluster.eligible(backend));
    if (next) this.cluster.force(next);
  }

  /** Calls `action` once, that many simulated seconds after a changing command with that beginning starts there. */
  when(node: string, prefix: readonly string[], action: () => void, afterSeconds = 0): Trigger {
    return this.#triggers.add({ node, prefix, action, afterSeconds });
  }

  /** The leader moves (once) while such a command runs on that node. */
  leaderMovesDuring(node: string, prefix: readonly string[], to?: string, afterSeconds = 1): Trigger {
    return this.when(node, prefix, () => this.forceFailover(to), afterSeconds);
  }

  /** Elasticsearch has unassigned shards for that many simulated seconds (Infinity: until `elasticsearchGreen`). */
  elasticsearchYellow(seconds: number): void {
    this.search.yellow(seconds);
    this.changed();
  }

  elasticsearchGreen(): void {
    this.search.green();
    this.changed();
  }

  /** A column of `cluster-status` that is left out from now on, by its header. */
  dropStatusColumn(header: string): void {
    this.droppedStatusColumns.push(header);
  }

  /** For programs: a changing command starts. */
  commandStarted(entry: HistoryEntry): void {
    this.#triggers.started(entry);
  }
}
