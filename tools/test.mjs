/**
 * `npm test`: sets up what is missing, then checks types, lint and format, then runs every test.
 * With arguments, only jest with these: `npm test -- plan` runs the tests whose path contains "plan".
 * `npm run test:full` (`--full`) tries everything where `npm test` tries some, for hours, and adds up what it did.
 * The last line tells the outcome: `N passed, N failed`.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main, setUp } from "./setup.mjs";
import { runInForeground } from "./setup/child.mjs";
import { modules, nodeCommand, npmCommand, root } from "./setup/paths.mjs";
import { say } from "./setup/run.mjs";

const full = process.argv[2] === "--full";
const args = process.argv.slice(full ? 3 : 2);

await main(async () => {
  const env = await setUp();
  // A failed check does not keep the tests from running: one run tells everything.
  const checks =
    args.length > 0 ? 0 : await runInForeground([...npmCommand(), "run", "check"], { cwd: root, env });
  const { status, outcome } = await runJest(env);
  if (checks !== 0) say("The checks of types, lint and format failed: see above, before the tests.");
  console.log(outcome);
  return status || checks;
});

async function runJest(env) {
  const scratch = await mkdtemp(join(tmpdir(), "jest-result-"));
  try {
    const file = join(scratch, "result.json");
    // What a failed test has left open must not keep a pipeline waiting: the tests themselves look for leftovers.
    const jest = [
      join(modules, "jest", "bin", "jest.js"),
      "--forceExit",
      "--json",
      `--outputFile=${file}`,
      ...args,
    ];
    const figures = join(scratch, "figures");
    const wider = full ? { FULL: "1", TEST_FIGURES: figures } : {};
    // Each of hundreds of `pulumi` starts Nodes that load the same SDK: compiled once, that is a quarter cheaper.
    const NODE_COMPILE_CACHE = join(modules, ".cache", "node");
    const status = await runInForeground([nodeCommand(), ...jest], {
      cwd: root,
      env: { NODE_COMPILE_CACHE, ...env, ...wider },
    });
    if (full) say(await sums(figures));
    const result = await readFile(file, "utf8").then(JSON.parse, () => undefined);
    return { status: status || (result ? 0 : 1), outcome: result ? summary(result) : "0 passed, 1 failed" };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function summary(result) {
  // A test file that could not even be loaded has no tests to count: it counts as one that failed.
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const skipped = result.numPendingTests + result.numTodoTests;
  return `${result.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** `180 kills, 50 schedules, …`: the tests have written a line of JSON each (test/machines/faults/figures.ts). */
async function sums(file) {
  const text = await readFile(file, "utf8").catch(() => "");
  const total = {};
  for (const line of text.split("\n").filter(Boolean))
    for (const [what, figure] of Object.entries(JSON.parse(line))) total[what] = (total[what] ?? 0) + figure;
  return `Tried on real machines: ${Object.entries(total)
    .map(([what, figure]) => `${figure} ${what}`)
    .join(", ")}.`;
}
