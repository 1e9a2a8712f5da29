/**
 * `npm run mutants`: changes the program in small ways, one at a time, and lists the changes that no quick test notices.
 * `-- --every 18 --seed 1` tries one mutant in 18, drawn by the seed; "errors" in the table are those not drawn.
 * `--seconds` limits the CPU time that each may take. Files after that (`provider/plan/plan.ts`,
 * `provider/plan/plan.ts:10-20`, a glob) take the place of all below.
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { parseArgs } from "node:util";
import { ensureDependencies, main } from "./setup.mjs";
import { SetupError } from "./setup/run.mjs";
import jestConfig from "../jest.config.js";

/** Planning, parsers and the way out: what decides, and needs no machine to be tried. */
const mutated = [
  "provider/{plan,procedures,paths,chef,observe,cluster}/**/*.ts",
  "provider/execute/{wayOut,safePoint}.ts",
];

/** Tests that start programs, read this repository's texts, are about other systems, or take minutes. */
const left = [
  "test/(tiers|pulumi|machines|security|gate|ssh|endToEnd|lab|docs|shell|faults|enterprise|migration)/",
  ".*\\.(full|sampled|soak)\\.test",
  "test/observe/realPackages",
  "test/procedures/everyState",
  "test/execute/(.*[iI]nterrupted|leaderMoves|failures|downtimeLost|failoverGuard)\\.test",
];

const options = Object.entries({ every: "1", seed: "1", seconds: "60" });

/** @throws {SetupError} for words that it does not know */
function words() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: Object.fromEntries(options.map(([name, usual]) => [name, { type: "string", default: usual }])),
    });
    for (const [name, value] of Object.entries(values))
      if (!/^[1-9]\d*$/.test(value)) throw new Error(`--${name} is "${value}", expected a number from 1 on`);
    const gone = positionals.filter(
      (path) => !path.includes("*") && !existsSync(path.replace(/:[\d-]+$/, "")),
    );
    if (gone.length > 0) throw new Error(`there is no ${gone.join(", ")}`);
    return { values, positionals };
  } catch (error) {
    throw new SetupError(error.message);
  }
}

await main(async () => {
  const { values, positionals } = words();
  await ensureDependencies();
  // What an earlier one has left that was interrupted.
  await rm(".stryker-tmp", { recursive: true, force: true });
  const { Stryker } = await import("@stryker-mutator/core");
  // Stryker's workers are processes of their own: tools/mutants/ reads this there.
  Object.assign(process.env, {
    MUTANTS_EVERY: values.every,
    MUTANTS_SEED: values.seed,
    MUTANTS_SECONDS: values.seconds,
  });
  await new Stryker({
    mutate: positionals.length > 0 ? positionals : mutated,
    // Texts for people are held by tests of their own.
    mutator: { excludedMutations: ["StringLiteral"] },
    // What is computed once, while a file is loaded, would need every test again for each mutant.
    ignoreStatic: true,
    plugins: ["@stryker-mutator/jest-runner", "./tools/mutants/sample.mjs"],
    checkers: ["sample"],
    testRunner: "jest",
    jest: {
      enableFindRelatedTests: false,
      config: {
        ...{ roots: jestConfig.roots, testMatch: jestConfig.testMatch, transform: jestConfig.transform },
        // Ours is a path below <rootDir>, which Stryker does not know.
        testEnvironment: "node",
        runner: "<rootDir>/tools/mutants/runner.cjs",
        testPathIgnorePatterns: left.map((each) => `<rootDir>/${each}`),
      },
    },
    coverageAnalysis: "perTest",
    disableTypeChecks: false,
    ignorePatterns: ["dist", "coverage", "docs", "examples", "reports"],
    concurrency: 2,
    // Nothing here depends on speed: the limits only end what hangs.
    timeoutMS: 30_000,
    dryRunTimeoutMinutes: 60,
    reporters: ["progress", "clear-text", "json"],
    clearTextReporter: { logTests: false, reportTests: false },
    jsonReporter: { fileName: "reports/mutants.json" },
  }).runMutationTest();
  return 0;
});
