/**
 * `npm test`: sets up what is missing, checks types, lint and format, runs the quick tier. `npm run test:full` and
 * `npm run test:soak` run the other tiers (tests/tiers.mjs).
 * With arguments, only jest with these: `npm test -- plan` runs the tests of any tier whose path contains "plan".
 * The last line tells the outcome: `N passed, N failed`.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main, setUp } from "./setup.mjs";
import { runInForeground } from "./setup/child.mjs";
import { modules, nodeCommand, root } from "./setup/paths.mjs";
import { say } from "./setup/run.mjs";
import { check } from "./tests/checks.mjs";
import { ensureRoom } from "./tests/room.mjs";
import { tiers } from "./tests/tiers.mjs";

const [first] = process.argv.slice(2);
const tier = first === "--full" ? "full" : first === "--soak" ? "soak" : "quick";
const args = process.argv.slice(tier === "quick" ? 2 : 3);
const { command, does, minutes, files, leaves } = tiers[tier];

await main(async () => {
  const whole = args.length === 0;
  if (whole) say([`${command}, about ${minutes}:`, ...does.map((each) => `  - ${each}`)].join("\n"));
  await ensureRoom();
  const env = await setUp();
  const begun = Date.now();
  // A failed check does not keep the tests from running: one run tells everything.
  const checks = whole && tier === "quick" ? await check(env) : 0;
  const { status, outcome } = await runJest(env, whole || tier !== "quick" ? [...files, ...args] : args);
  if (checks !== 0) say("The checks of types, lint and format failed: see above, before the tests.");
  if (whole) say(`Not in this run: ${leaves}.`);
  const seconds = Math.round((Date.now() - begun) / 1000);
  say(`${Math.floor(seconds / 60)} min ${seconds % 60} s.`);
  console.log(outcome);
  return status || checks;
});

async function runJest(env, selection) {
  const scratch = await mkdtemp(join(tmpdir(), "jest-result-"));
  try {
    const [file, skipped, figures] = ["result.json", "skipped", "figures"].map((name) => join(scratch, name));
    // What a failed test has left open must not keep a pipeline waiting: the tests themselves look for leftovers.
    const jest = [
      join(modules, "jest", "bin", "jest.js"),
      "--forceExit",
      "--json",
      `--outputFile=${file}`,
      ...selection,
    ];
    // Each of hundreds of `pulumi` starts Nodes that load the same SDK: compiled once, that is a quarter cheaper.
    const NODE_COMPILE_CACHE = join(modules, ".cache", "node");
    const status = await runInForeground([nodeCommand(), ...jest], {
      cwd: root,
      env: {
        NODE_COMPILE_CACHE,
        ...env,
        ...{ TEST_TIER: tier, TEST_SKIPPED: skipped, TEST_FIGURES: figures },
      },
    });
    for (const line of await skips(skipped)) console.log(line);
    if (tier !== "quick") say(await sums(figures));
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

/** `Skipped: why: what, what`: the tests have written a line of JSON each (test/support/needs.ts). */
async function skips(file) {
  const byReason = new Map();
  for (const { what, why } of await linesOf(file))
    byReason.set(why, (byReason.get(why) ?? new Set()).add(what));
  return [...byReason].map(([why, what]) => `Skipped: ${[...what].sort().join(", ")}: ${why}`);
}

/** `180 kills, 50 schedules, …`: the tests have written a line of JSON each (test/machines/faults/figures.ts). */
async function sums(file) {
  const total = {};
  for (const figures of await linesOf(file))
    for (const [what, figure] of Object.entries(figures)) total[what] = (total[what] ?? 0) + figure;
  const told = Object.entries(total).map(([what, figure]) => `${figure} ${what}`);
  return told.length > 0
    ? `Tried on real machines: ${told.join(", ")}.`
    : "Nothing was tried on real machines.";
}

async function linesOf(file) {
  const text = await readFile(file, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
