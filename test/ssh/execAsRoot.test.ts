import { spawn } from "node:child_process";
import { execAsRoot, type Exec } from "../../provider/ssh/execAsRoot";
import { targetOf } from "../../provider/ssh/settings";

/** A login shell that does something with the command line in place of running it, as `sh -c` does it. */
const loginShell =
  (around: string): Exec =>
  (command, options) =>
    new Promise((resolve) => {
      const child = spawn("/bin/sh", ["-c", around, "sh", command]);
      let stdout = "";
      child.stdout.on("data", (chunk) => (stdout += chunk));
      child.stderr.on("data", (chunk: Buffer) => options.onStderr?.(chunk));
      child.stdin.on("error", () => {});
      child.stdin.end();
      child.on("close", (code, signal) =>
        resolve({
          ...{ stdout, stderr: "", code, signal, durationMs: 0 },
          ...{ lost: false, timedOut: false, aborted: false, truncated: false },
        }),
      );
    });
const settings = { host: "node", user: "root" };
const run = (around: string, script: string) =>
  execAsRoot(loginShell(around), targetOf(settings, "node"), settings, script);

test.each([
  ["exit", "0", "nothing"],
  ["echo welcome; exit 3", "3", '"welcome"'],
  ["exec cat", "0", "nothing"],
])("%s: the login shell ended, never a script that printed nothing", async (around, status, printed) => {
  await expect(run(around, "true")).rejects.toMatchObject({
    kind: "refused",
    message: expect.stringContaining(
      `the login shell of user root ended with status ${status} before the command began, and printed ${printed}:`,
    ),
  });
});

test.each(["0", "1", "255"])(
  "a login shell that always ends with %s: the status is the script's",
  async (status) => {
    for (const code of [0, 1, 7])
      expect(await run(`sh -c "$1"; exit ${status}`, `echo err >&2; exit ${code}`)).toMatchObject({
        code,
        stderr: "err\n",
        lost: false,
      });
  },
);

test("a status without the script's own word is an unknown outcome", async () => {
  for (const status of [0, 1])
    expect(await run(`sh -c "$1"; exit ${status}`, "echo begun >&2; kill -9 $$")).toMatchObject({
      code: null,
      stderr: expect.stringMatching(/^begun\n/),
      lost: true,
    });
});

test("streams that are mixed are told: the script's word did not come by its own", async () => {
  await expect(run('exec sh -c "$1" 2>&1', "true")).rejects.toThrow(
    /arrives on standard output: check ForceCommand/,
  );
});

test("a script that closes its streams, sets a trap or ends in a syntax error says its status all the same", async () => {
  const around = 'sh -c "$1"; exit 0';
  expect(await run(around, "exec >&- 2>&-; exit 4")).toMatchObject({ code: 4 });
  expect(await run(around, "trap 'exit 5' EXIT; exit 1")).toMatchObject({ code: 5 });
  expect(await run(around, "exec sh -c 'exit 6'")).toMatchObject({ code: 6 });
  expect((await run(around, "if then")).code).toBeGreaterThan(0);
  expect((await run(around, "set -u; echo $nothing")).code).toBeGreaterThan(0);
});
