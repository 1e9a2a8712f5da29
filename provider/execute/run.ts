import { healthProblems } from "../cluster/health";
import { tieHosts } from "../cluster/membership";
import type { RunRecord } from "../cluster/record";
import type { ClusterState } from "../cluster/state";
import {
  type Job,
  type JobResult,
  type JobSummary,
  type Machine,
  UnreachableError,
} from "../machine/machine";
import { type Depth, observeCluster } from "../observe/observeCluster";
import type { Plan, Step } from "../plan/plan";
import type { Hop } from "../cluster/hop";
import { closedFrontends, sameHop } from "../plan/progress";
import { hopSpec, type UpgradeSpec } from "../plan/spec";
import { viewOf } from "../plan/view";
import { planUpgrade } from "../procedures/planUpgrade";
import type { StepTiming } from "../report/events";
import type { Backup } from "./backups";
import type { Context } from "./context";
import { StepFailedError } from "./errors";
import { guardOf } from "./guard";
import type { HeldLock } from "./lock";

/** A job on a node; `claimed`: by an earlier run whose lock this one has taken over. */
export type StartedJob = Pick<JobSummary, "id" | "run"> & { readonly claimed: boolean };

/** A reading with nothing begun since is as good as a new one for so many milliseconds. */
const freshFor = 1000;

/**
 * A run under way: the lock it holds, the last observation, and the record that it keeps on every backend. All
 * changes go through `job`, the one gate: lock held, job claimed on the node, run detached, re-attached.
 */
export class Run {
  readonly timings: StepTiming[] = [];
  readonly backups: Backup[] = [];
  /** `upgrade`s that were started and left running, by node. */
  readonly upgrades = new Map<string, Pick<JobSummary, "id" | "run">>();
  /** Whether anything was changed on any node. */
  touched = false;
  /** The hop that the run is at: the one of the last plan that had steps. */
  hop: Hop;
  /** What comes after it. */
  #ahead: readonly Hop[] = [];
  #jobs = 0;
  /** Of the last record that may be on some node, even where too few have it for it to count. */
  #seq = 0;
  #sinceReading = 1;
  /** Which backend each host was when it was first seen. */
  readonly #guids = new Map<string, string>();
  /** Recorded steps that this run has executed, by id. */
  readonly #executed = new Set<string>();
  /** Seconds that a step of each kind took in this run. */
  readonly #times: Record<string, number> = {};

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
    this.hop = plainHop(plan.hops[0]!);
    this.#ahead = plan.hops.slice(1);
  }

  /** What is asked for at the hop that the run is at. */
  get target(): UpgradeSpec {
    return hopSpec(this.spec, this.hop);
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
    const untouched = this.hop.method === "rolling" && closedFrontends(this.record).length === 0;
    const frontends = untouched ? "keep" : "read";
    const state = await observeCluster(spec, machines, context.clock, depth, this.state, frontends);
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
    const plan = planUpgrade(this.spec, {
      ...state,
      nodes: state.nodes.map((node) => ({ ...node, record })),
    });
    if (plan.steps.length > 0) this.#isAt(plan);
    // What has ended badly in this run is told once all have ended: the next run tries it again.
    const started = (step: Step) => step.kind === "start-upgrade" && this.upgrades.has(step.node!);
    return { ...plan, steps: plan.steps.filter((step) => !started(step)) };
  }

  #isAt({ hops }: Plan): void {
    this.hop = plainHop(hops[0]!);
    this.#ahead = hops.slice(1);
  }

  /**
   * Writes the record on every backend that can be reached, and on two of three at least.
   * @returns why it may not stand on some of them, by backend.
   */
  async writeRecord(change: Partial<RunRecord>): Promise<string[]> {
    const last = this.record;
    this.#seq = Math.max(this.#seq, last?.seq ?? 0) + 1;
    const open = last && !last.finished ? last : null;
    const same = open?.hop && sameHop(open.hop, this.hop);
    const record: RunRecord = {
      from: this.plan.from,
      to: this.spec.version,
      leaderAtStart: viewOf(this.target, this.state).leader?.name ?? "",
      failover: "on",
      inside: null,
      insideGuid: null,
      cleanedUp: last?.cleanedUp ?? null,
      ...open,
      times: { ...last?.times, ...this.#times },
      hop: same ? open.hop : this.hop,
      ...(same
        ? {}
        : {
            begun: stillClosed(open),
            done: [],
            leaderAtStart: viewOf(this.target, this.state).leader?.name ?? "",
          }),
      ahead: this.#ahead,
      finished: false,
      ...change,
      ...(change.failover ? { offSeq: change.failover === "off" ? this.#seq : null } : {}),
      run: this.lock.run,
      seq: this.#seq,
    } as RunRecord;
    const text = JSON.stringify(record);
    const backends = this.machines.slice(0, this.spec.nodes.length);
    const written = await Promise.allSettled(
      backends.map((machine) => machine.writeRecord(this.lock.run, text)),
    );
    const failed = written.filter((each) => each.status === "rejected");
    if (failed.length * 2 >= backends.length)
      throw new Error(`The run record could not be written: ${String(failed[0]!.reason)}`);
    this.record = record;
    return failed.map(({ reason }) => String((reason as Error).message));
  }

  /** Into the record, before a step that no observation can tell of. */
  async recordBegun(id: string, change: Partial<RunRecord> = {}): Promise<void> {
    const open =
      this.record && !this.record.finished && this.record.hop && sameHop(this.record.hop, this.hop);
    const begun = open ? this.record!.begun : stillClosed(this.record);
    await this.writeRecord({ begun: [...new Set([...begun, id])], ...change });
  }

  /** … and after it has ended well. */
  async recordDone(id: string): Promise<void> {
    await this.writeRecord({ done: [...new Set([...this.record!.done, id])] });
  }

  machine(name: string): Machine {
    return this.machines.find((machine) => machine.name === name)!;
  }

  /**
   * Runs a step's commands on a node through the gate, and waits for their end.
   * @throws StepFailedError when they still run at the step's time-out: they are left alone.
   */
  async job(step: Step, node: string, marksRunning?: string): Promise<JobResult> {
    const begun = this.context.clock.now();
    const started = await this.startJob(step, node, { marksRunning });
    return this.followJob(step, node, started, begun + step.timeout * 1000);
  }

  /** Starts a step's commands on a node through the gate, and leaves them running. */
  async startJob(
    step: Step,
    node: string,
    options: Partial<Pick<Job, "id" | "marksRunning">> = {},
  ): Promise<StartedJob> {
    await this.lock.confirm();
    if (!this.lock.holds(node))
      throw new StepFailedError(
        step,
        `${node} could not be reached when this run began, and is not locked by it. The next \`pulumi up\` goes on there`,
      );
    this.#jobs += 1;
    const job: Job = {
      id: options.id ?? `${this.lock.run}-${this.#jobs}-${step.kind}`,
      commands: step.commands,
      ...(options.marksRunning ? { marksRunning: options.marksRunning } : {}),
      ...guardOf(this.spec, step, node),
    };
    const machine = this.machine(node);
    this.touched = true;
    this.#sinceReading += 1;
    const claim = await machine.startJob(this.lock.run, job).catch((error: unknown) => {
      if (!(error instanceof UnreachableError)) throw error;
      throw new StepFailedError(
        step,
        `whether \`${commandText(step)}\` was started on ${node} is not known: ${error.message}. The next \`pulumi up\` finds out, and does not start it again`,
      );
    });
    return { run: this.lock.run, id: job.id, claimed: claim === "claimed before" };
  }

  /** Waits for the end of a job, of this run or an earlier one; `deadline` in milliseconds of our clock. */
  async followJob(
    step: Step,
    node: string,
    { run, id }: Pick<JobSummary, "id" | "run">,
    deadline: number,
  ): Promise<JobResult> {
    const { report, clock } = this.context;
    const begun = clock.now();
    const result = await this.machine(node).followJob(run, id, {
      deadline,
      onOutput: (text) => {
        report({ type: "output", step: step.id, node, text });
        // Its own words are all that tells how far it is.
        const line = text.trimEnd().split("\n").at(-1)?.trim();
        if (step.kind.startsWith("reindex") && line) this.waiting(step, line, (clock.now() - begun) / 1000);
      },
    });
    // A job has ended: what was read before that no longer holds.
    this.#sinceReading += 1;
    if (result.state === "running")
      throw new StepFailedError(
        step,
        `\`${commandText(step)}\` on ${node} still runs after ${step.timeout} s; it is left alone, and the next \`pulumi up\` waits for it`,
        result,
      );
    return result;
  }

  /**
   * The commands of a step that stands in the record. Where an earlier run had begun it, its job is looked up: one that
   * still runs is attached to, one that has ended with 0 is not done again.
   * @throws StepFailedError when they do not end with 0.
   */
  async recordedJob(step: Step, node: string, change: Partial<RunRecord> = {}): Promise<void> {
    // What this run has done itself, and asks for again, is done anew.
    if (!this.#executed.has(step.id) && (await this.endedBefore(step, node))) {
      await this.recordBegun(step.id, change);
      return void this.#executed.add(step.id);
    }
    const number = Math.max(this.#seq, this.record?.seq ?? 0) + 1;
    const id = `${step.id.replaceAll("/", "-")}-${number}-${step.kind}`;
    const open = this.record && !this.record.finished ? this.record.jobs : {};
    await this.recordBegun(step.id, { jobs: { ...open, [step.id]: { run: this.lock.run, id } }, ...change });
    this.#executed.add(step.id);
    const begun = this.context.clock.now();
    // Nobody else uses that id: where it is claimed already, the answer to our own first attempt was lost.
    const started = await this.startJob(step, node, { id });
    const result = await this.followJob(step, node, started, begun + step.timeout * 1000);
    if (result.code !== 0) throw new StepFailedError(step, jobProblem(step, node, result), result);
  }

  /**
   * Whether the job of a step that an earlier run has begun, and not seen the end of, has ended with 0. It is found by
   * its id: whoever took the lock over since has taken it along.
   */
  async endedBefore(step: Step, node: string): Promise<boolean> {
    const { record } = this;
    if (!record || record.finished || record.done.includes(step.id)) return false;
    const job = record.begun.includes(step.id) ? record.jobs?.[step.id] : undefined;
    if (!job) return false;
    if (this.lock.settled.some((each) => each.id === job.id && each.code === 0)) return true;
    const deadline = this.context.clock.now() + step.timeout * 1000;
    return (await this.followJob(step, node, job, deadline)).code === 0;
  }

  /** Like `job`, and the commands must end with 0. */
  async goodJob(step: Step, node: string, marksRunning?: string): Promise<void> {
    const result = await this.job(step, node, marksRunning);
    if (result.code !== 0) throw new StepFailedError(step, jobProblem(step, node, result), result);
  }

  /** A step has ended well: how long it took, for the outputs and for the next estimate. */
  took(step: Step, seconds: number): void {
    const rounded = Math.round(seconds * 1000) / 1000;
    this.timings.push({ step: step.id, seconds: rounded });
    this.#times[step.kind] = rounded;
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

/** Frontends that another hop has closed are still owed their opening. */
function stillClosed(open: RunRecord | null): string[] {
  return closedFrontends(open).map((name) => `${name}/close`);
}

/** Without what only a preview needs of it: it goes into the record. */
function plainHop({ from, to, method, because }: Hop): Hop {
  return { from, to, method, because };
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
