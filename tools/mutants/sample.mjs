/**
 * Draws the mutants that are tried. Stryker has no sampling of its own, but it asks checkers about each mutant before
 * it runs tests: those that are not drawn come out as "compile error", which no score counts. The draw is a hash
 * of the mutant and the seed, so a mutant far away does not change it.
 */
import { createHash } from "node:crypto";
import { relative } from "node:path";

const { MUTANTS_EVERY: every = "1", MUTANTS_SEED: seed = "1" } = process.env;

function isDrawn({ fileName, location: { start, end }, mutatorName, replacement }) {
  const mutant = [relative(process.cwd(), fileName), start, end, mutatorName, replacement];
  const hash = createHash("sha256")
    .update(JSON.stringify([seed, mutant]))
    .digest();
  return hash.readUInt32BE() % Number(every) === 0;
}

const sample = {
  init: async () => {},
  group: async (mutants) => [mutants.map(({ id }) => id)],
  check: async (mutants) =>
    Object.fromEntries(
      mutants.map((mutant) => [
        mutant.id,
        isDrawn(mutant) ? { status: "passed" } : { status: "compileError", reason: "not drawn" },
      ]),
    ),
};

export const strykerPlugins = [{ kind: "Checker", name: "sample", value: sample }];
