import { relative } from "node:path";
import { byTier, type Tier } from "./tier";

/**
 * How many random schedules a file's properties draw, and from which seed, which is printed: `PROPERTY_RUNS=10000`
 * draws more, `PROPERTY_SEED=…` (with `PROPERTY_PATH=…`, as fast-check prints it) draws the same ones again.
 */
export function randomRuns(file: string, runs: Readonly<Record<Tier, number>>) {
  const numRuns = Number(process.env.PROPERTY_RUNS ?? byTier(runs));
  const seed = Number(process.env.PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const name = relative(`${__dirname}/../..`, file);
  process.stdout.write(`${name}: ${numRuns} random schedules of each kind, PROPERTY_SEED=${seed}\n`);
  // Nothing depends on speed: the limit only ends what hangs.
  jest.setTimeout(900_000 + numRuns * 2000);
  return { numRuns, seed, path: process.env.PROPERTY_PATH };
}
