import type { Journal } from "../../machine/journal";
import type { Step, StepKind } from "../../plan/plan";
import type { Run } from "../run";
import type { RunJournal } from "../runJournal";

/** How kinds of steps are run, verified and recorded. The record is written before the change that it describes. */
export type Performers = { readonly [Kind in StepKind]?: (run: Run, step: Step) => Promise<void> };

/** A step that no observation can tell of: it stands in the record, and its commands must end with 0. */
export async function recorded(
  run: { readonly journal: Pick<RunJournal<Journal>, "job" | "done"> },
  step: Step<string>,
): Promise<void> {
  await run.journal.job(step, step.node!);
  await run.journal.done(step.id);
}
