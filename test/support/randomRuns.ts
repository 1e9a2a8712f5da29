import { execFileSync } from "node:child_process";
import { relative } from "node:path";
import { byTier, numberFrom, type Tier } from "./tier";

/**
 * How many random schedules a file's properties draw, and from which seed, which is printed: `PROPERTY_RUNS=10000`
 * draws more, `PROPERTY_SEED=…` (with `PROPERTY_PATH=…`, as fast-check prints it) draws those of another seed.
 */
export function randomRuns(file: string, runs: Readonly<Record<Tier, number>>) {
  const numRuns = numberFrom("PROPERTY_RUNS", byTier(runs));
  const seed = numberFrom("PROPERTY_SEED", byTier(seeds)());
  const name = relative(`${__dirname}/../..`, file);
  process.stdout.write(`${name}: ${numRuns} random schedules of each kind, PROPERTY_SEED=${seed}\n`);
  // Nothing depends on speed: the limit only ends what hangs.
  jest.setTimeout(900_000 + numRuns * 2000);
  return { numRuns, seed, path: process.env.PROPERTY_PATH, includeErrorInReport: true };
}

/**
 * Always the same schedules where a failure must be the change's own; in the full tier others for each state of the
 * program that was committed, the same ones whoever tries it; new ones where hours are spent.
 */
const seeds: Readonly<Record<Tier, () => number>> = {
  quick: () => 1,
  full: () => parseInt(committed().slice(0, 7), 16) + 1,
  soak: () => 1 + Math.floor(Math.random() * 2 ** 31),
};

/** The hash of the program as it was committed; of nothing where there is no git. */
function committed(): string {
  try {
    const args = ["rev-parse", "HEAD:provider"];
    return execFileSync("git", args, {
      cwd: __dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return "0000000";
  }
}
