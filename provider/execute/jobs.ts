import { serverReason } from "../chef/server/reconfigure";
import type { MachineState } from "../cluster/state";
import type { PackageName } from "../commands/facts";
import {
  type Job,
  type JobResult,
  type JobSummary,
  type Machine,
  UnreachableError,
} from "../machine/machine";
import { failedScripts } from "../observe/scripts";
import type { Step } from "../plan/plan";
import type { Context } from "./context";
import { StepFailedError } from "./errors";
import { followTold } from "./followTold";
import type { HeldLock } from "./lock";

/** A job on a node; `claimed`: by an earlier run whose lock this one has taken over. */
export type StartedJob = Pick<JobSummary, "id" | "run"> & { readonly claimed: boolean };

/** What one system wants of the jobs of its steps, beyond what all have in common. */
export interface JobHabits {
  /** What its jobs have besides their commands. */
  readonly more?: (step: Step<string>, node: string) => Pick<Job, "guard" | "log">;
  /** Whether what it prints is all that tells how far it is: then the last line is shown while it is waited for. */
  readonly speaks?: (step: Step<string>) => boolean;
  /** Tells each time what progress a job has made since: then its limit begins anew. Null: its limit is its limit. */
  readonly progress?: (step: Step<string>, node: string) => (() => Promise<string | null>) | null;
  /** Lines that tell more than the exit status, wherever they stand in its output. */
  readonly heeds?: (step: Step<string>) => RegExp | null;
}

/** How a job has ended, with the lines that were to be heeded. */
export interface HeededResult extends JobResult {
  readonly heeded: readonly string[];
}

/**
 * The one gate through which everything passes that changes a machine, whatever the system is: lock held, job claimed
 * on the node, run detached, re-attached.
 */
export class Jobs {
  /** Whether anything was changed on any node. */
  touched = false;
  /** How many have been started, or have ended: what was read before that no longer holds. */
  turns = 0;
  #started = 0;

  constructor(
    readonly machines: readonly Machine[],
    readonly context: Context,
    readonly lock: HeldLock,
    private readonly habits: JobHabits = {},
  ) {}

  machine(name: string): Machine {
    return this.machines.find((machine) => machine.name === name)!;
  }

  /**
   * Runs a step's commands on a node, and waits for their end.
   * @param marksRunning as in `Job`
   * @throws StepFailedError when they still run at the step's time-out: they are left alone.
   */
  async run(step: Step<string>, node: string, marksRunning?: string): Promise<HeededResult> {
    const deadline = this.deadline(step);
    return this.follow(step, node, await this.start(step, node, { marksRunning }), deadline);
  }

  /** The same, and the commands must end with 0. */
  async good(step: Step<string>, node: string, marksRunning?: string): Promise<HeededResult> {
    const result = await this.run(step, node, marksRunning);
    mustBeGood(step, node, result);
    return result;
  }

  /** Starts a step's commands on a node, and leaves them running. */
  async start(
    step: Step<string>,
    node: string,
    options: Partial<Pick<Job, "id" | "marksRunning">> = {},
  ): Promise<StartedJob> {
    await this.lock.confirm();
    if (!this.lock.holds(node))
      throw new StepFailedError(
        step,
        `${node} could not be reached when this run began, and is not locked by it. The next \`pulumi up\` goes on there`,
      );
    this.#started += 1;
    const job: Job = {
      id: options.id ?? `${this.lock.run}-${this.#started}-${step.kind}`,
      commands: step.commands,
      ...(options.marksRunning ? { marksRunning: options.marksRunning } : {}),
      ...(installs(step) ? { installs: true } : {}),
      ...this.habits.more?.(step, node),
    };
    this.touched = true;
    this.turns += 1;
    const claim = await this.machine(node)
      .startJob(this.lock.run, job)
      .catch((error: unknown) => {
        if (!(error instanceof UnreachableError)) throw error;
        throw new StepFailedError(
          step,
          `whether \`${commandText(step)}\` was started on ${node} is not known: ${error.message}. The next \`pulumi up\` finds out, and does not start it again`,
        );
      });
    return { run: this.lock.run, id: job.id, claimed: claim === "claimed before" };
  }

  /** Waits for the end of a job, of this run or an earlier one; `deadline` in milliseconds of our clock. */
  async follow(
    step: Step<string>,
    node: string,
    { run, id }: Pick<JobSummary, "id" | "run">,
    deadline: number,
  ): Promise<HeededResult> {
    const { report } = this.context;
    const following = followTold(this.machine(node), { run, id }, this.context, {
      ...{ step: step.id, node: step.node, deadline, timeout: step.timeout },
      progress: this.habits.progress?.(step, node) ?? null,
      heeds: this.habits.heeds?.(step) ?? null,
      onText: (text) => {
        report({ type: "output", step: step.id, node, text });
        return this.habits.speaks?.(step) ? text.trimEnd().split("\n").at(-1)?.trim() : undefined;
      },
    });
    const { result, heeded, limit, voice } = await following.catch((error: unknown) => {
      if (!(error instanceof UnreachableError)) throw error;
      throw new StepFailedError(
        step,
        `\`${commandText(step)}\` was started, and may still run: ${error.message}. The next \`pulumi up\` waits for its end, and does not start it again`,
      );
    });
    this.turns += 1;
    if (result.state === "running")
      throw new StepFailedError(step, tooLong(step, node, limit, voice.asks), result);
    return { ...result, heeded };
  }

  /** Until when a step that begins now is waited for, in milliseconds of our clock. */
  deadline(step: Pick<Step<string>, "timeout">): number {
    return this.context.clock.now() + step.timeout * 1000;
  }
}

/** @throws StepFailedError when a step's job has not ended with 0. */
export function mustBeGood(step: Step<string>, node: string, result: JobResult): void {
  if (result.code !== 0) throw new StepFailedError(step, jobProblem(step, node, result), result);
}

/** What these print must be kept: that a script of the package has failed stands nowhere else. dpkg has it as a state. */
const installs = ({ commands }: Pick<Step<string>, "commands">) =>
  commands.some((argv) =>
    ["rpm", "yum", "zypper"].includes(argv.find((word) => !/^env$|^\w+=/.test(word)) ?? ""),
  );

/** The commands of a step as a person would type them. */
function commandText(step: Pick<Step<string>, "commands">): string {
  return step.commands.map((argv) => argv.join(" ")).join(" && ");
}

/**
 * Of Chef's products from their releases of 2019 on that cannot ask for their license (license-acceptance): 172, and this text,
 * which is all that a command tells that calls another one.
 */
const isUnlicensed = ({ code, output }: JobResult) =>
  code === 172 || /cannot execute without accepting the license/.test(output);
const unlicensed =
  ": Chef's license is not accepted on that machine. Read it, then set `frontends.acceptLicense: true`";

/** What happened to a job that did not end with 0. */
export function jobProblem(step: Step<string>, node: string, result: JobResult): string {
  const how =
    result.state === "died"
      ? "was killed or lost with the node, without an exit status"
      : `ended with ${result.code}${result.code !== 0 && isUnlicensed(result) ? unlicensed : ""}`;
  const reason = result.code === 0 ? null : serverReason(result.output);
  return `\`${commandText(step)}\` on ${node} ${how}${reason === null ? "" : `: ${reason}`}`;
}

/** After an installation that has not brought what it was to bring: with the script of the package that forbade it. */
export function notInstalled(
  step: Step<string>,
  { name, package: { version, detail } }: Pick<MachineState, "name" | "package">,
  packageName: PackageName,
  result: JobResult,
): string {
  const [script] = failedScripts(result.output, packageName);
  const why = script ? `: ${script.line}` : "";
  return `${jobProblem(step, name, result)}, and ${name} has ${version ?? "nothing"} installed (${detail})${why}`;
}

function tooLong(step: Step<string>, node: string, limit: number, asks: boolean): string {
  const question = asks
    ? ". Its last line seems to be a question, which nobody can answer: it has no terminal and no input"
    : "";
  return `\`${commandText(step)}\` on ${node} still runs after ${limit} s; it is left alone, and the next \`pulumi up\` waits for it${question}`;
}
