import type { JobResult } from "../machine/machine";
import { merged, type Refusal, refusalText, type Step } from "../plan/plan";

/** What forbids to begin, or to go on: every reason at once, each with what to do next. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly refusals: readonly Refusal[];
  constructor(refusals: readonly Refusal[]) {
    const each = merged(refusals);
    super(refusedText(each));
    this.refusals = each;
  }
}

/** What a run says of an error before which it has changed nothing. */
export function untouchedText(error: RefusedError): string {
  return refusedText(error.refusals, "Nothing was changed.");
}

/** The reasons, one after another; several have a first line that counts them, short enough for the engine's one row. */
function refusedText(refusals: readonly Refusal[], ...remark: string[]): string {
  const texts = refusals.map(refusalText);
  if (texts.length === 1) return [...texts, ...remark].join("\n");
  const codes = [...new Set(refusals.map(({ code }) => code))].join(", ");
  return [[`${refusals.length} checks failed: ${codes}.`, ...remark].join(" "), ...texts].join("\n");
}

/** A step of the procedure did not end well. */
export class StepFailedError extends Error {
  override readonly name = "StepFailedError";
  constructor(
    readonly step: Step<string>,
    problem: string,
    readonly job?: JobResult,
  ) {
    super(`${step.id}: ${problem}${job ? tail(job) : ""}`);
  }
}

/** The commands of a step ended with 0, and something is still missing of what they were to bring about. */
export class LackingError extends StepFailedError {
  constructor(
    step: Step<string>,
    /** In words that are the same as long as the same is missing. */
    readonly lacking: string,
  ) {
    super(step, `it ended with 0, but ${lacking}. The next \`pulumi up\` does it again`);
  }
}

/** What the step was planned from holds no longer, and nothing of it was begun: plan again. */
export class ChangedMeanwhileError extends Error {
  override readonly name = "ChangedMeanwhileError";
}

/** The run was asked to stop, and has stopped at a safe point. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";
  constructor() {
    super("Stopped on request, between two steps");
  }
}

function tail(job: JobResult): string {
  const lines = job.output
    .trimEnd()
    .split("\n")
    .slice(-10)
    .filter((line) => line.trim() !== "");
  return lines.length === 0
    ? "\n  It printed nothing."
    : `\n  The last lines it printed:\n${lines.map((line) => `    ${line}`).join("\n")}`;
}
