import type { JobResult } from "../machine/machine";
import { type Refusal, refusalText, type Step } from "../plan/plan";

/** Nothing was touched: every reason at once, each with its way out. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  constructor(readonly refusals: readonly Refusal[]) {
    super(
      refusals.length === 1
        ? refusalText(refusals[0]!)
        : `${refusals.length} reasons against it:\n${refusals.map((each) => `  - ${refusalText(each)}`).join("\n")}`,
    );
  }
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
