/** `npm test` itself (tools/test.mjs): what it says before, and when it cannot begin. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function node(script: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((settle) =>
    execFile(
      process.execPath,
      ["--input-type=module", "-e", script],
      { cwd: root, env: { ...process.env, ...env } },
      (error, stdout, stderr) => settle({ code: Number(error?.code ?? 0), stdout, stderr }),
    ),
  );
}

test("too little room stops it before any test, with the folder, how much it needs and what to do", async () => {
  const script = `import { ensureRoom } from "./tools/tests/room.mjs";
await ensureRoom(1e9).catch((error) => { console.log(error.constructor.name + ": " + error.message); process.exitCode = 3; });`;
  const { code, stdout } = await node(script);
  expect(code).toBe(3);
  expect(stdout).toMatch(
    /^SetupError: \S+ has \d+ MiB free, the tests need 1000000000 MiB there: make room, or set TMPDIR/,
  );
});

test("it says which tier is which in words that the docs have, too", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  expect(Object.keys(scripts).filter((name) => name.startsWith("test"))).toEqual([
    ...["test", "test:full", "test:soak"],
  ]);
  const contributing = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
  const runner = readFileSync(join(root, "tools/tests/tiers.mjs"), "utf8");
  for (const minutes of runner.matchAll(/minutes: "(\d+ minutes) on 2 cores"/g))
    expect(contributing).toContain(`about ${minutes[1]}`);
});
