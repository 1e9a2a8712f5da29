import type { Step, StepKind } from "../../plan/plan";
import type { Run } from "../run";
import { addons } from "./addons";
import { downtime } from "./downtime";
import { draining } from "./draining";
import { frontends } from "./frontends";
import { health } from "./health";
import { packages } from "./packages";
import { rolling } from "./rolling";
import { search } from "./search";

/** One way to run each kind of step. */
export const performers = {
  ...packages,
  ...health,
  ...rolling,
  ...downtime,
  ...search,
  ...frontends,
  ...draining,
  ...addons,
} as Record<StepKind, (run: Run, step: Step) => Promise<void>>;
