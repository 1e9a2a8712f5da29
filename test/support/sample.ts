import { byTier, numberFrom } from "./tier";

/** Read at once: not after a run that it comes too late for. */
const given = numberFrom("STRIDE", 0);

/** How much less the quick tier looks at. Prime, so that samples that begin at several places have all moments. */
const quicker = 7;

/** Every how many moments a test looks at one. `STRIDE=1` looks at all of them, as the soak tier does. */
export const stride = (full = 1) => given || byTier({ quick: full * quicker, full, soak: 1 });

/** Those of a list that this tier looks at. @param from where the sample begins, so that several tests have others each */
export function sampled<T>(all: readonly T[], from: number, full = 1): T[] {
  const every = stride(full);
  return all.filter((_each, at) => at % every === from % every);
}
