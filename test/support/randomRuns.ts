import { relative } from "node:path";
import { byTier, type Tier, tier } from "./tier";

/**
 * How many random schedules a file's properties draw, and from which seed, which is printed: `PROPERTY_RUNS=10000`
 * draws more, `PROPERTY_SEED=…` (with `PROPERTY_PATH=…`, as fast-check prints it) draws those of another seed. The quick and
 * the full tier draw the same ones each time, so that what fails there is the change's own fault; the soak tier draws new ones.
 */
export function randomRuns(file: string, runs: Readonly<Record<Tier, number>>) {
  const numRuns = Number(process.env.PROPERTY_RUNS ?? byTier(runs));
  const seed = Number(
    process.env.PROPERTY_SEED ?? (tier === "soak" ? Math.floor(Math.random() * 2 ** 31) : 1),
  );
  const name = relative(`${__dirname}/../..`, file);
  process.stdout.write(`${name}: ${numRuns} random schedules of each kind, PROPERTY_SEED=${seed}\n`);
  // Nothing depends on speed: the limit only ends what hangs.
  jest.setTimeout(900_000 + numRuns * 2000);
  return { numRuns, seed, path: process.env.PROPERTY_PATH };
}
