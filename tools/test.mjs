/**
 * `npm test`: sets up what is missing, checks types, lint and format, runs the quick tier. `npm run test:full` and
 * `npm run test:soak` run the other tiers (tests/tiers.mjs).
 * With arguments, only jest with these: `npm test -- plan` runs the tests of any tier whose path contains "plan".
 * The last line tells the outcome: `N passed, N failed`.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main, setUp } from "./setup.mjs";
import { runInForeground } from "./setup/child.mjs";
import { modules, nodeCommand, root } from "./setup/paths.mjs";
import { say, SetupError } from "./setup/run.mjs";
import { check } from "./tests/checks.mjs";
import { endLeftovers, mark } from "./tests/leftovers.mjs";
import { ensureRoom } from "./tests/room.mjs";
import { tiers } from "./tests/tiers.mjs";

const [tier, ...args] = process.argv.slice(2);
const { command, does, minutes, files, leaves } = tiers[tier];
const program = [nodeCommand(), join(modules, "jest", "bin", "jest.js")];

await main(async () => {
  const whole = args.length === 0;
  if (whole) say([`${command}, about ${minutes}:`, ...does.map((each) => `  - ${each}`)].join("\n"));
  refuseWrongWords();
  await ensureRoom(whole ? 1024 : 64);
  // The options of the tier come last: what follows a list of patterns would be taken for one.
  const selection = whole || tier !== "quick" ? [...args, ...files] : args;
  const env = await setUp({ engine: async () => whole || needsEngine(selection) });
  if (args.some((each) => /^--(listTests|help)$/.test(each))) return jest(selection, env);
  const begun = Date.now();
  // A failed check does not keep the tests from running: one run tells everything.
  const checks = whole && tier === "quick" ? await check(env) : 0;
  const { status, outcome } = await runTests(env, selection);
  if (checks !== 0) say("The checks of types, lint and format failed: see above, before the tests.");
  if (whole) say(`Not in this run: ${leaves}.`);
  const seconds = Math.round((Date.now() - begun) / 1000);
  say(`${Math.floor(seconds / 60)} min ${seconds % 60} s.`);
  console.log(outcome);
  return status || checks;
});

/** @throws {SetupError} for what would run something else than what was asked for */
function refuseWrongWords() {
  const other = process.env.TEST_TIER ?? tier;
  if (other !== tier)
    throw new SetupError(
      `TEST_TIER is "${other}": only \`npx jest\` reads it; here unset it, and name the tier by the command`,
    );
  if (args.some((each) => /^--watch/.test(each))) throw new SetupError("for --watch use `npx jest --watch`");
  for (const each of args.filter((word) => !word.startsWith("-")))
    try {
      new RegExp(each);
    } catch (error) {
      throw new SetupError(`"${each}" is no regular expression, as names of tests are: ${error.message}`);
    }
}

/** Whether a test of the selection starts the Pulumi CLI: to build one takes minutes. test/tiers holds the names. */
function needsEngine(selection) {
  const [node, ...words] = [...program, "--listTests", ...selection];
  const { stdout } = spawnSync(node, words, { cwd: root, encoding: "utf8" });
  return /\/(pulumi|machines)\/|\/engine\.full\./.test(stdout ?? "");
}

async function runTests(env, selection) {
  const scratch = await mkdtemp(join(tmpdir(), "jest-result-"));
  try {
    const [file, skipped, figures] = ["result.json", "skipped", "figures"].map((name) => join(scratch, name));
    const status = await jest(["--json", `--outputFile=${file}`, ...selection], {
      ...env,
      ...{ TEST_TIER: tier, TEST_SKIPPED: skipped, TEST_FIGURES: figures, [mark]: scratch },
    });
    for (const line of await skips(skipped)) console.log(line);
    const tried = await sums(figures);
    if (tried !== "") say(`Tried on real machines: ${tried}.`);
    const result = await readFile(file, "utf8").then(JSON.parse, () => undefined);
    if (!result) await endLeftovers(scratch);
    const why = whyNothing(result, status);
    if (why !== null) say(why);
    return { status: status || (why === null ? 0 : 1), outcome: summary(result) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Why no test has run, in a sentence; null where some have. */
function whyNothing(result, status) {
  if (!result) return status >= 128 ? "Interrupted: no test counts." : "No test ran: see above.";
  if (result.numPassedTests + result.numFailedTests + result.numRuntimeErrorTestSuites > 0) return null;
  if (args.some((each) => /^(-t|--testNamePattern)/.test(each)))
    return "No test ran: none in these files has a title that matches.";
  if (result.numTotalTests > 0) return "No test ran: all were skipped.";
  return tier === "quick"
    ? "No test ran: no file has this name."
    : `No test ran: no file of the ${tier} tier has this name; \`npm test -- NAME\` looks in all tiers.`;
}

function jest(args, env) {
  // What a failed test has left open must not keep a pipeline waiting: the tests themselves look for leftovers.
  const command = [...program, "--forceExit", ...args];
  // Each of hundreds of `pulumi` starts Nodes that load the same SDK: compiled once, that is a quarter cheaper.
  const NODE_COMPILE_CACHE = join(modules, ".cache", "node");
  return runInForeground(command, { cwd: root, env: { NODE_COMPILE_CACHE, ...env } });
}

function summary(result) {
  if (!result) return "0 passed, 1 failed";
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
