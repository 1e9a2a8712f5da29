import { UnreachableError } from "../machine/machine";
import type { Planned, Step } from "../plan/plan";
import type { Context } from "./context";
import { ChangedMeanwhileError, StepFailedError, StoppedError } from "./errors";
import type { Jobs } from "./jobs";
import { waitOut } from "./waitOut";

/** A run under way, as far as the order of its steps goes. */
export interface Steps<P extends Planned> {
  readonly context: Context;
  readonly jobs: Pick<Jobs, "touched">;
  readonly journal: { took(step: Step<string>, seconds: number): void };
  /** Observes, and plans what is left. `whole`: nothing that was read before counts. */
  readonly look: (whole: boolean) => Promise<P>;
  /** Names the part of the way that a plan's steps belong to: the next part may ask for the same step again. */
  readonly part?: (plan: P) => string;
  /** Whether a run that is asked to stop may do so now. */
  readonly mayStop: () => boolean;
  /** What a step does, for people. */
  readonly text: (step: P["steps"][number], plan: P) => string;
  /** Runs, verifies and records a step. @throws ChangedMeanwhileError when nothing of it was begun. */
  readonly perform: (step: P["steps"][number]) => Promise<void>;
}

/** A run takes a step so often at most: failover is blocked again where the leadership moves, not without end. */
const mostOften = 6;

/** Observe, plan, take the plan's first step, and again, until nothing is left. */
export async function takeSteps<P extends Planned>(run: Steps<P>): Promise<void> {
  const { clock, report, signal } = run.context;
  let last = "";
  let meanwhile: string | null = null;
  let part: string | undefined;
  let taken = new Map<string, number>();
  for (;;) {
    const begun = clock.now();
    const plan = await run.look(last === "");
    const step = plan.steps[0];
    if (!step) return;
    if (plan.refusals.length > 0) {
      await waitOut(run, plan, clock.now() - begun);
      continue;
    }
    if (signal?.aborted && run.mayStop()) throw new StoppedError();
    if (run.part?.(plan) !== part) [last, taken, part] = ["next part", new Map(), run.part?.(plan)];
    taken.set(step.id, (taken.get(step.id) ?? 0) + 1);
    if (step.id === last || taken.get(step.id)! > mostOften)
      throw new StepFailedError(
        step,
        meanwhile === null
          ? "it ended well, yet a fresh observation asks for it again"
          : `it was not begun, the last time since: ${meanwhile}`,
      );
    try {
      await take(run, step, plan);
      [last, meanwhile] = [step.id, null];
    } catch (error) {
      if (!(error instanceof ChangedMeanwhileError)) throw error;
      report({ type: "note", text: error.message });
      [last, meanwhile] = ["changed meanwhile", error.message];
    }
  }
}

async function take<P extends Planned>(run: Steps<P>, step: P["steps"][number], plan: P): Promise<void> {
  const { clock, report } = run.context;
  const begun = clock.now();
  const event = { step: step.id, node: step.node, text: run.text(step, plan) };
  report({ type: "step-started", ...event });
  await run.perform(step).catch((error: Error) => {
    throw error instanceof UnreachableError ? new StepFailedError(step, error.message) : error;
  });
  const seconds = (clock.now() - begun) / 1000;
  run.journal.took(step, seconds);
  report({ type: "step-finished", ...event, seconds });
}
