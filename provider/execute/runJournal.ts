import type { FailedScript, JobPlace, Journal } from "../machine/journal";
import type { Machine } from "../machine/machine";
import type { Step } from "../plan/plan";
import type { StepTiming } from "../report/events";
import { bySight, type Sight } from "./bySight";
import { LackingError, StepFailedError } from "./errors";
import { type HeededResult, type Jobs, mustBeGood } from "./jobs";

/** What a run itself writes into each record. */
type Written = "seq" | "run" | "finished" | "times";

/**
 * The record that a run keeps on every backend, and the jobs that stand in it, whatever the system is.
 * @typeParam J what the record of this system has.
 */
export class RunJournal<J extends Journal> {
  readonly timings: StepTiming[] = [];
  /** Seconds that a step of each kind took in this run. */
  readonly #times: Record<string, number> = {};
  /** Of the last record that may be on some node, even where too few have it for it to count. */
  #seq = 0;
  /** The last write: steps may run side by side, and each goes on from what the one before has written. */
  #written: Promise<unknown> = Promise.resolve();
  /** Steps with a job that this run has executed, by id. */
  readonly #executed = new Set<string>();

  /**
   * @param backends on which it is kept.
   * @param record the last that was found, or written by us: a node that could not be written to must not bring back an
   * old one.
   * @param standing what holds before a change, by the last record.
   */
  constructor(
    private readonly backends: readonly Machine[],
    private readonly jobs: Jobs,
    public record: J | null,
    private readonly standing: (last: J | null) => Omit<J, Written>,
  ) {}

  /** `seq` of the next write. */
  get nextSeq(): number {
    return Math.max(this.#seq, this.record?.seq ?? 0) + 1;
  }

  /**
   * Writes the record on every backend that can be reached, and on a majority at least.
   * @returns why it may not stand on some of them, by backend.
   */
  write(change: Partial<J> | ((standing: Omit<J, Written>) => Partial<J>)): Promise<Error[]> {
    const write = () =>
      this.#write(typeof change === "function" ? change(this.standing(this.record)) : change);
    const written = this.#written.then(write, write);
    this.#written = written;
    return written;
  }

  async #write(change: Partial<J>): Promise<Error[]> {
    this.#seq = this.nextSeq;
    const { run } = this.jobs.lock;
    const times = { ...this.record?.times, ...this.#times };
    const { failedScripts } = this.record ?? {};
    const kept = { times, ...(failedScripts ? { failedScripts } : {}) };
    const standing = { ...this.standing(this.record), ...kept, finished: false };
    const record = { ...standing, ...change, run, seq: this.#seq } as unknown as J;
    const text = JSON.stringify(record);
    const written = await Promise.allSettled(this.backends.map((machine) => machine.writeRecord(run, text)));
    const failed = written.filter((each) => each.status === "rejected");
    if (failed.length * 2 >= this.backends.length)
      throw new Error(`The run record could not be written: ${String(failed[0]!.reason)}`);
    this.record = record;
    return failed.map(({ reason }) => reason as Error);
  }

  /** Into the record, before a step that no observation can tell of. */
  async begun(id: string, change: Partial<J> = {}, job?: JobPlace): Promise<void> {
    await this.write(({ begun, jobs }) => ({
      begun: [...new Set([...begun, id])],
      ...(job ? { jobs: { ...jobs, [id]: job } } : {}),
      ...change,
    }));
  }

  /** … and after it has ended well. */
  async done(id: string, change: Partial<J> = {}): Promise<void> {
    await this.write(({ done }) => ({ done: [...new Set([...done, id])], ...change }));
  }

  /** The jobs of these steps have ended with 0, and are worth nothing: the next run does the steps anew. */
  async undone(...ids: string[]): Promise<void> {
    await this.write(({ done, jobs = {} }) => {
      const others = Object.entries(jobs).filter(([id]) => !ids.includes(id));
      return {
        done: done.filter((id) => !ids.includes(id)),
        jobs: Object.fromEntries(others),
      } as unknown as Partial<J>;
    });
  }

  /** A script of a package has failed on a machine: that holds until the package is installed there again. */
  async scriptFailed(machine: string, script: FailedScript): Promise<void> {
    const failedScripts = { ...this.record?.failedScripts, [machine]: script };
    await this.write({ failedScripts } as Partial<J>);
  }

  /**
   * The commands of a step that stands in the record, as `job` runs them, and then a look at what they were to bring about:
   * an exit status alone is no evidence.
   * @param look throws StepFailedError where it is not there: the next run does the step anew then. What is lacking once more
   * after that is taken as it is: the same work twice has come to the same end
   */
  async effect(
    step: Step<string>,
    node: string,
    look: (result: HeededResult) => Promise<void>,
    change: Partial<J> = {},
  ): Promise<void> {
    const result = await this.job(step, node, change);
    try {
      await look(result);
    } catch (error) {
      if (!(await this.#isAsBefore(step, error))) throw error;
    }
    await this.done(step.id);
  }

  /** The same of commands that are judged by what is seen after them, whatever they have ended with. */
  async bySight(step: Step<string>, node: string, look: Sight, change: Partial<J> = {}): Promise<void> {
    await bySight(step, node, () => this.ended(step, node, change), look).catch(async (error: unknown) => {
      if (error instanceof StepFailedError) await this.undone(step.id);
      throw error;
    });
    await this.done(step.id);
  }

  async #isAsBefore({ id }: Step<string>, error: unknown): Promise<boolean> {
    if (!(error instanceof StepFailedError)) return false;
    if (!(error instanceof LackingError)) return this.undone(id).then(() => false);
    const { lacking } = error;
    if (this.record?.lacked?.[id] === lacking) {
      this.jobs.context.report({ type: "warning", text: `${id} was done twice, and both times ${lacking}` });
      return true;
    }
    await this.undone(id);
    await this.write({ lacked: { ...this.record?.lacked, [id]: lacking } } as Partial<J>);
    return false;
  }

  /**
   * The commands of a step that stands in the record. Where an earlier run had begun it, its job is looked up: one that
   * still runs is attached to, one that has ended with 0 is not done again.
   * @throws StepFailedError when they do not end with 0.
   */
  async job(step: Step<string>, node: string, change: Partial<J> = {}): Promise<HeededResult> {
    const result = await this.ended(step, node, change);
    mustBeGood(step, node, result);
    return result;
  }

  /** The same, whatever they have ended with. */
  async ended(step: Step<string>, node: string, change: Partial<J> = {}): Promise<HeededResult> {
    // What this run has done itself, and asks for again, is done anew.
    const before = this.#executed.has(step.id) ? null : await this.endedBefore(step, node);
    if (before) {
      await this.begun(step.id, change);
      this.#executed.add(step.id);
      return before;
    }
    const id = `${step.id.replaceAll("/", "-")}-${this.nextSeq}-${step.kind}`;
    await this.begun(step.id, change, { run: this.jobs.lock.run, id, node });
    this.#executed.add(step.id);
    const deadline = this.jobs.deadline(step);
    // Nobody else uses that id: where it is claimed already, the answer to our own first attempt was lost.
    const started = await this.jobs.start(step, node, { id });
    return this.jobs.follow(step, node, started, deadline);
  }

  /**
   * How the job of a step has ended that an earlier run has begun, and not seen the end of; null where it did not end with
   * 0. It is found by its id: whoever took the lock over since has taken it along.
   */
  async endedBefore(step: Step<string>, node: string): Promise<HeededResult | null> {
    const { record } = this;
    if (!record || record.finished || record.done.includes(step.id)) return null;
    const job = record.begun.includes(step.id) ? record.jobs?.[step.id] : undefined;
    if (!job) return null;
    // On another machine it is of no use here: who leads may have changed, or which frontend is listed first.
    if (job.node !== undefined && job.node !== node) return null;
    const result = await this.jobs.follow(step, node, job, this.jobs.deadline(step));
    const settled = this.jobs.lock.settled.some((each) => each.id === job.id && each.code === 0);
    return settled || result.code === 0 ? { ...result, code: 0 } : null;
  }

  /** A step has ended well: how long it took, for the outputs and for the next estimate. */
  took(step: Step<string>, seconds: number): void {
    const rounded = Math.round(seconds * 1000) / 1000;
    this.timings.push({ step: step.id, seconds: rounded });
    this.#times[step.kind] = rounded;
  }
}
