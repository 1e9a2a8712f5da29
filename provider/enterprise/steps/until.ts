import { StepFailedError } from "../../execute/errors";
import type { EnterpriseRun } from "../enterpriseRun";
import type { EnterpriseStep } from "../plan";
import type { EnterpriseView } from "../view";

/** Seconds between two looks: the vendor's own test looked 40 times, 15 s apart. */
const pauseOf = (timeout: number) => Math.min(15, timeout / 40);

/** Looks again and again until nothing is wrong. */
export async function until(
  run: EnterpriseRun,
  step: EnterpriseStep,
  problems: (view: EnterpriseView) => string[],
  depth: "full" | "status" = "status",
): Promise<void> {
  const { clock } = run.context;
  const begun = clock.now();
  for (;;) {
    const found = problems(await run.observe(depth));
    if (found.length === 0) return;
    const elapsed = (clock.now() - begun) / 1000;
    const what = found.join("; ");
    if (elapsed > step.timeout) throw new StepFailedError(step, `after ${step.timeout} s: ${what}`);
    run.waiting(step, what, elapsed);
    await clock.sleep(pauseOf(step.timeout) * 1000);
  }
}
