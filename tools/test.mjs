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
import { say, SetupError } from "./setup/run.mjs";
import { check } from "./tests/checks.mjs";
import { ensureRoom } from "./tests/room.mjs";
import { tiers } from "./tests/tiers.mjs";

const [tier, ...args] = process.argv.slice(2);
const { command, does, minutes, files, leaves } = tiers[tier];

await main(async () => {
  const whole = args.length === 0;
  if (whole) say([`${command}, about ${minutes}:`, ...does.map((each) => `  - ${each}`)].join("\n"));
  const other = process.env.TEST_TIER ?? tier;
  if (other !== tier)
    throw new SetupError(`TEST_TIER is ${other}, which only \`npx jest\` reads: use npm run test:${other}`);
  if (whole) await ensureRoom();
  const env = await setUp();
  const begun = Date.now();
  // A failed check does not keep the tests from running: one run tells everything.
  const checks = whole && tier === "quick" ? await check(env) : 0;
  // The options of the tier come last: what follows a list of patterns would be taken for one.
  const selection = whole || tier !== "quick" ? [...args, ...files] : args;
  if (args.includes("--listTests")) return jest(selection, env);
  const { status, outcome } = await runTests(env, selection);
  if (checks !== 0) say("The checks of types, lint and format failed: see above, before the tests.");
  if (whole) say(`Not in this run: ${leaves}.`);
  const seconds = Math.round((Date.now() - begun) / 1000);
  say(`${Math.floor(seconds / 60)} min ${seconds % 60} s.`);
  console.log(outcome);
  return status || checks;
});

async function runTests(env, selection) {
  const scratch = await mkdtemp(join(tmpdir(), "jest-result-"));
  try {
    const [file, skipped, figures] = ["result.json", "skipped", "figures"].map((name) => join(scratch, name));
    const status = await jest(["--json", `--outputFile=${file}`, ...selection], {
      ...env,
      ...{ TEST_TIER: tier, TEST_SKIPPED: skipped, TEST_FIGURES: figures },
    });
    for (const line of await skips(skipped)) console.log(line);
    const tried = await sums(figures);
    if (tried !== "") say(`Tried on real machines: ${tried}.`);
    const result = await readFile(file, "utf8").then(JSON.parse, () => undefined);
    const ran = result && result.numPassedTests + result.numFailedTests > 0;
    if (result && !ran)
      say(`No test ran: ${result.numTotalTests > 0 ? "all were skipped" : "nothing has this name"}.`);
    return { status: status || (ran ? 0 : 1), outcome: result ? summary(result) : "0 passed, 1 failed" };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function jest(args, env) {
  // What a failed test has left open must not keep a pipeline waiting: the tests themselves look for leftovers.
  const command = [nodeCommand(), join(modules, "jest", "bin", "jest.js"), "--forceExit", ...args];
  // Each of hundreds of `pulumi` starts Nodes that load the same SDK: compiled once, that is a quarter cheaper.
  const NODE_COMPILE_CACHE = join(modules, ".cache", "node");
  return runInForeground(command, { cwd: root, env: { NODE_COMPILE_CACHE, ...env } });
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
  return Object.entries(total)
    .map(([what, figure]) => `${figure} ${what}`)
    .join(", ");
}

async function linesOf(file) {
  const text = await readFile(file, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
