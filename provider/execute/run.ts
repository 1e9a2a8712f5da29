import { healthProblems } from "../cluster/health";
import { tieHosts } from "../cluster/membership";
import type { RunRecord } from "../cluster/record";
import type { ClusterState } from "../cluster/state";
import { type Job, type JobResult, type Machine, UnreachableError } from "../machine/machine";
import { type Depth, observeCluster } from "../observe/observeCluster";
import type { Plan, Step } from "../plan/plan";
import type { UpgradeSpec } from "../plan/spec";
import { planRolling } from "../procedures/rolling";
import type { StepTiming } from "../report/events";
import type { Context } from "./context";
import { StepFailedError } from "./errors";
import type { HeldLock } from "./lock";

/** A reading with nothing begun since is as good as a new one for so many milliseconds. */
const freshFor = 1000;

/**
 * A run under way: the lock it holds, the last observation, and the record that it keeps on every backend. All
 * changes go through `job`, the one gate: lock held, job claimed on the node, run detached, re-attached.
 */
export class Run {
  readonly timings: StepTiming[] = [];
  /** Whether anything was changed on any node. */
  touched = false;
  #jobs = 0;
  /** Of the last record that may be on some node, even where too few have it for it to count. */
  #seq = 0;
  #sinceReading = 1;
  /** Which backend each host was when it was first seen. */
  readonly #guids = new Map<string, string>();

  constructor(
    readonly spec: UpgradeSpec,
    readonly machines: readonly Machine[],
    readonly context: Context,
    readonly lock: HeldLock,
    public state: ClusterState,
    public record: RunRecord | null,
    /** The plan that the run began with. */
    readonly plan: Plan,
  ) {
    for (const [name, row] of tieHosts(state).rows) this.#guids.set(name, row.guid);
  }

  /** The last reading, where nothing was begun since and it is a moment old; else a new one. */
  async freshState(): Promise<ClusterState> {
    const fresh = this.#sinceReading === 0 && this.context.clock.now() - this.state.endedAt < freshFor;
    return fresh ? this.state : await this.observe();
  }

  /** Reads the cluster again. @throws StepFailedError when a host has become another machine. */
  async observe(depth: Depth = "status"): Promise<ClusterState> {
    this.lock.check();
    const { spec, machines, context } = this;
    const state = await observeCluster(spec, machines, context.clock, depth, this.state);
    for (const [name, row] of tieHosts(state).rows) {
      const was = this.#guids.get(name) ?? row.guid;
      if (was !== row.guid)
        throw new Error(
          `${name} has become another backend (${was} => ${row.guid}): is its address the VIP? Give each backend by its own address`,
        );
      this.#guids.set(name, was);
    }
    this.state = state;
    this.#sinceReading = 0;
    return state;
  }

  /**
   * What is to be done from an observation on. The record is the one that we have written: a node that could not
   * be written to must not bring back an old one.
   */
  planFor(state: ClusterState): Plan {
    const { record } = this;
    return planRolling(this.spec, { ...state, nodes: state.nodes.map((node) => ({ ...node, record })) });
  }

  /** Writes the record on every backend that can be reached, and on two of three at least. */
  async writeRecord(change: Partial<RunRecord>): Promise<void> {
    const last = this.record;
    this.#seq = Math.max(this.#seq, last?.seq ?? 0) + 1;
    const record: RunRecord = {
      from: this.plan.from,
      to: this.spec.version,
      leaderAtStart: this.plan.nodes.find((node) => node.role === "leader")?.name ?? "",
      failover: "on",
      inside: null,
      insideGuid: null,
      ...(last && !last.finished ? last : {}),
      finished: false,
      ...change,
      run: this.lock.run,
      seq: this.#seq,
    };
    const text = JSON.stringify(record);
    const written = await Promise.allSettled(
      this.machines.map((machine) => machine.writeRecord(this.lock.run, text)),
    );
    const failed = written.filter((each) => each.status === "rejected");
    if (failed.length * 2 >= this.machines.length)
      throw new Error(`The run record could not be written: ${String(failed[0]!.reason)}`);
    this.record = record;
  }

  machine(name: string): Machine {
    return this.machines.find((machine) => machine.name === name)!;
  }

  /**
   * Runs a step's commands on a node through the gate, and waits for their end.
   * @throws StepFailedError when they still run at the step's time-out: they are left alone.
   */
  async job(step: Step, node: string, marksRunning?: string): Promise<JobResult> {
    this.lock.check();
    const { clock, report } = this.context;
    this.#jobs += 1;
    const job: Job = {
      id: `${this.lock.run}-${this.#jobs}-${step.kind}`,
      commands: step.commands,
      ...(marksRunning ? { marksRunning } : {}),
    };
    const machine = this.machine(node);
    const begun = clock.now();
    this.touched = true;
    this.#sinceReading += 1;
    await machine.startJob(this.lock.run, job).catch((error: unknown) => {
      if (!(error instanceof UnreachableError)) throw error;
      throw new StepFailedError(
        step,
        `whether \`${commandText(step)}\` was started on ${node} is not known: ${error.message}. The next \`pulumi up\` finds out, and does not start it again`,
      );
    });
    const result = await machine.followJob(this.lock.run, job.id, {
      deadline: begun + step.timeout * 1000,
      onOutput: (text) => report({ type: "output", step: step.id, node, text }),
    });
    if (result.state === "running")
      throw new StepFailedError(
        step,
        `\`${commandText(step)}\` on ${node} still runs after ${step.timeout} s; it is left alone, and the next \`pulumi up\` waits for it`,
        result,
      );
    return result;
  }

  /** The same, and the commands must end with 0. */
  async goodJob(step: Step, node: string, marksRunning?: string): Promise<void> {
    const result = await this.job(step, node, marksRunning);
    if (result.code !== 0) throw new StepFailedError(step, jobProblem(step, node, result), result);
  }

  waiting(step: Step, text: string, seconds: number): void {
    this.context.report({ type: "waiting", step: step.id, node: step.node, text, seconds });
  }

  /** The state of the cluster in one line, for errors. */
  health(): string {
    const problems = healthProblems(this.state);
    return problems.length === 0 ? "the cluster is healthy" : problems.join("; ");
  }
}

/** The commands of a step as a person would type them. */
export function commandText(step: Pick<Step, "commands">): string {
  return step.commands.map((argv) => argv.join(" ")).join(" && ");
}

/** What happened to a job that did not end with 0. */
export function jobProblem(step: Step, node: string, result: JobResult): string {
  const how =
    result.state === "died"
      ? "was killed or lost with the node, without an exit status"
      : `ended with ${result.code}`;
  return `\`${commandText(step)}\` on ${node} ${how}`;
}
