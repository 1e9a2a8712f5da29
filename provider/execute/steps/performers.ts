import type { Step, StepKind } from "../../plan/plan";
import type { Run } from "../run";

/** How kinds of steps are run, verified and recorded. The record is written before the change that it describes. */
export type Performers = { readonly [Kind in StepKind]?: (run: Run, step: Step) => Promise<void> };
