import type { VirtualClock } from "../../lab/simulation/virtualClock";

/** Milliseconds between two runs. */
const pause = 500_000;
/** Honest runs after the one in which something went wrong: the wanted end is there after one of them at the latest. */
const most = 3;

interface Runs<T> {
  readonly clock: VirtualClock;
  /** One more run; null when it was killed. */
  readonly up: () => Promise<T | null>;
  readonly text: (result: T) => string;
  /** What a run that has failed does not say, or has left as it must not. */
  readonly unsaid: (result: T) => string[];
  /** What happens before the next run, the first one is 0. @returns what is wrong with the last one besides */
  readonly between: (result: T | null, nth: number) => string[];
}

/** Runs until one ends well. @param problems gets what is wrong with those that did not @returns the last one */
export async function untilDone<T extends { readonly failure: unknown }>(
  first: T | null,
  problems: string[],
  { clock, up, text, unsaid, between }: Runs<T>,
): Promise<T | null> {
  let result = first;
  for (let nth = 0; result === null || result.failure !== null; nth += 1) {
    if (result !== null) problems.push(...unsaid(result));
    if (nth === most) {
      problems.push(`after ${most} honest runs: ${result ? text(result) : "killed"}`);
      break;
    }
    problems.push(...between(result, nth));
    await clock.advance(pause);
    result = await up();
  }
  return result;
}
