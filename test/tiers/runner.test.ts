/** `npm test` itself (tools/test.mjs), and the environment that it runs tests in. */
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function node(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  // As from a shell: not as the test run that this one is part of.
  const clean = { ...process.env, TEST_TIER: undefined, TEST_SKIPPED: undefined, ...env };
  return new Promise((settle) =>
    execFile(process.execPath, [...args], { cwd: root, env: clean }, (error, stdout, stderr) =>
      settle({ code: Number(error?.code ?? 0), stdout, stderr }),
    ),
  );
}
const runner = (...args: string[]) => node(["tools/test.mjs", ...args]);
const lastLine = ({ stdout }: Outcome) => stdout.trimEnd().split("\n").at(-1);

test("a name selects tests of any tier, and in the full tier those of it", async () => {
  const [any, full] = await Promise.all([
    runner("quick", "--listTests", "pulumi/display", "machines/leftovers"),
    runner("full", "--listTests", "pulumi/display", "machines/leftovers"),
  ]);
  const listed = ({ stdout }: Outcome) =>
    stdout.match(/[\w/]+(?:\.full)?\.test\.ts/g)?.map((path) => path.split("/test/")[1]);
  expect(listed(any)?.sort()).toEqual(["machines/leftovers.full.test.ts", "pulumi/display.test.ts"]);
  expect(listed(full)).toEqual(["machines/leftovers.full.test.ts"]);
});

test("the last line tells the outcome, and where nothing ran it has failed", async () => {
  const [passed, none] = await Promise.all([
    runner("quick", "values/short"),
    runner("quick", "values/short", "-t", "no test is called so"),
  ]);
  expect([passed.code, lastLine(passed)]).toEqual([0, "1 passed, 0 failed"]);
  expect([none.code, lastLine(none)]).toEqual([1, "0 passed, 0 failed, 1 skipped"]);
  expect(none.stderr).toContain("No test ran");
});

test("TEST_TIER, which it would not read, is refused", async () => {
  const { code, stderr } = await node(["tools/test.mjs", "quick", "values/short"], { TEST_TIER: "soak" });
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining("here unset it, and name the tier by the command"),
  ]);
});

test.each([
  ["(", "is no regular expression"],
  ["--watch", "use `npx jest --watch`"],
])("%s, which would run something else, is refused", async (word, why) => {
  const { code, stderr } = await runner("quick", "values/short", word);
  expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
});

test("what an interrupted run has started is ended, and its folder removed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-chef-backend-test-"));
  const env = { ...process.env, TEST_RUN: folder, TMPDIR: folder };
  const child = spawn("sleep", ["1000"], { env, detached: true });
  const ended = new Promise((settle) => child.once("exit", (_code, signal) => settle(signal)));
  const script = `import { endLeftovers } from "./tools/tests/leftovers.mjs"; await endLeftovers(${JSON.stringify(folder)});`;
  expect((await node(["--input-type=module", "-e", script])).code).toBe(0);
  expect(await ended).toBe("SIGTERM");
  expect(existsSync(folder)).toBe(false);
});

test("too little room stops it, with the folder, how much it needs and what to do", async () => {
  const script = `import { ensureRoom } from "./tools/tests/room.mjs";
await ensureRoom(1e9).catch((error) => { console.log(error.constructor.name + ": " + error.message); process.exitCode = 3; });`;
  const { code, stdout } = await node(["--input-type=module", "-e", script]);
  expect(code).toBe(3);
  expect(stdout).toMatch(
    /^SetupError: \S+ has \d+ MiB free, the tests need 1000000000 MiB there: make room, or set TMPDIR/,
  );
});

test("what a tier takes is said alike by the command and by the docs", () => {
  const contributing = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
  const tiers = readFileSync(join(root, "tools/tests/tiers.mjs"), "utf8");
  const said = [...tiers.matchAll(/minutes: "(\d+ minutes) on 2 cores"/g)].map((match) => match[1]);
  expect(said).toHaveLength(2);
  for (const each of said) expect(contributing).toContain(`about ${each}`);
});

describe("a test that fails", () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(__dirname, "failing-"))));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs a file of tests; what Jest prints of it. */
  async function run(text: string): Promise<string> {
    const head =
      'import { blame, showIfFailed } from "../../support/labLog";\nimport { Rehearsal } from "../../support/rehearsal";\n';
    writeFileSync(join(folder, "it.test.ts"), head + text);
    const jest = join(root, "node_modules/jest/bin/jest.js");
    return (await node([jest, "--reporters=default", "--no-cache", join(folder, "it.test.ts")])).stderr;
  }

  test("says what was promised, then what happened, then its lab's log; the others are run, and cleaned up after", async () => {
    const said = await run(`
describe("with a lab", () => {
  beforeAll(() => showIfFailed("The lab", () => ["its last line"]));
  afterAll(() => console.error("the lab is stopped"));
  test("the leader comes last", () => expect("leader").toBe("follower"));
  test("a signal may end it", () => { const it = new AbortController(); it.abort(); it.signal.throwIfAborted(); });
  test("hangs", () => new Promise(() => undefined), 50);
  test("passes", () => undefined);
});
test("has no lab", () => expect(1).toBe(2));
`);
    expect(said).toMatch(
      /● with a lab › the leader comes last[^]*Expected: "follower"[^]*The lab:\n +\| its last line/,
    );
    expect(said).toMatch(/● with a lab › hangs[^]*Exceeded timeout of 50 ms[^]*The lab:\n +\| its last line/);
    expect(said).toContain("the lab is stopped");
    expect(said).toContain("Tests:       4 failed, 1 passed, 5 total");
    expect(said.split("● has no lab")[1]).not.toContain("its last line");
  });

  test("shows of many tries the one that went wrong", async () => {
    const said = await run(`
test("each step", () => {
  const tries = ["2.0.0", "2.1.0", "2.2.0"].map((version) => {
    const r = new Rehearsal();
    r.events.push({ type: "note", text: version + " was tried" });
    if (version === "2.1.0") blame(r, ["it went wrong"]);
    return r;
  });
  expect(tries).toHaveLength(0);
});
`);
    expect(said).toContain("| note: 2.1.0 was tried");
    expect(said).not.toContain("| note: 2.2.0 was tried");
  });
});

test("what tests ask for as a Debian package is installed by .ci/run", () => {
  const ci = readFileSync(join(root, ".ci/run"), "utf8");
  const requirements = readFileSync(join(root, "test/machines/lab/requirements.ts"), "utf8");
  const asked = [
    ...[
      "curl",
      "wget",
      "openssh-server",
      "openssh-client",
      "rpm",
      "csh",
      "tcsh",
      "fish",
      "zsh",
      "putty-tools",
      "ruby-mixlib-config",
    ],
    ...[...requirements.matchAll(/^ {2}"?[\w-]+"?: "([\w-]+)",$/gm)].map((match) => match[1]!),
  ];
  expect(asked.length).toBeGreaterThan(12);
  // These are on every Debian.
  const missing = asked.filter((each) => !["util-linux", "dpkg"].includes(each) && !ci.includes(each));
  expect(missing).toEqual([]);
});
