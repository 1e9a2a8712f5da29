import type { FrontendState } from "../cluster/state";
import type { Clock } from "../machine/clock";
import type { Step } from "../plan/plan";
import { StepFailedError } from "./errors";

/** What a look at a frontend tells, and when it was made (milliseconds). */
export interface FrontendLook extends Pick<FrontendState, "answer" | "down"> {
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * Waits until a frontend answers its clients.
 * @throws StepFailedError when it does not in the step's time.
 */
export async function untilAnswers(
  clock: Clock,
  step: Step<string>,
  name: string,
  look: () => Promise<FrontendLook>,
  waiting: (what: string, seconds: number) => void,
): Promise<void> {
  const begun = clock.now();
  for (;;) {
    const { answer, down, startedAt, endedAt } = await look();
    if (answer === "pong" && down.length === 0) return;
    const what = answer === "pong" ? `${down.join(", ")} is down` : `/_status: ${answer}`;
    const elapsed = (clock.now() - begun) / 1000;
    if (elapsed > step.timeout)
      throw new StepFailedError(step, `${name} does not answer its clients after ${step.timeout} s: ${what}`);
    waiting(what, elapsed);
    await clock.sleep(Math.max(250, endedAt - startedAt));
  }
}
