import { byTier } from "./tier";

/** Prime, so that it hits other moments than the strides of the tests themselves. */
const quicker = 7;

/**
 * Every how many moments a test looks at one. The quick tier looks at a seventh of what the full one does; the soak tier,
 * and whoever says `STRIDE=1`, at all of them.
 */
export const stride = (full = 1) =>
  Number(process.env.STRIDE ?? byTier({ quick: full * quicker, full, soak: 1 }));

/** Those of a list that this tier looks at. @param from where the sample begins, so that several tests have others each */
export function sampled<T>(all: readonly T[], from: number, full = 1): T[] {
  const every = stride(full);
  return all.filter((_each, at) => at % every === from % every);
}
