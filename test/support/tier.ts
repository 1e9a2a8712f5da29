/**
 * Which tests a run has (CONTRIBUTING.md), and how much they try: `quick` is `npm test`, `full` what CI runs besides,
 * `soak` hours. `TEST_TIER` says it; without it, as when jest is run by hand, it is `quick`.
 */
const tiers = ["quick", "full", "soak"] as const;
export type Tier = (typeof tiers)[number];

const named = process.env.TEST_TIER ?? "quick";
if (!tiers.some((each) => each === named))
  throw new Error(`TEST_TIER is ${named}, expected one of ${tiers.join(", ")}`);
export const tier = named as Tier;

/** Of each tier's value the one of this run. */
export const byTier = <T>(values: Readonly<Record<Tier, T>>): T => values[tier];

/** A number from the environment, for somebody who wants more or less of something than a tier has. */
export function numberFrom(variable: string, otherwise: number): number {
  const text = process.env[variable];
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`${variable} is "${text}", expected a number from 1 on`);
  return Number(text);
}
