import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { repository } from "../support/pulumiStack";

/** Runs the lab's command line, and presses Ctrl-C as soon as it says so. */
function lab(...args: string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, [join(repository, "dist", "lab", "cli.js"), ...args]);
  let text = "";
  let pressed = false;
  const said = (chunk: Buffer) => {
    text += chunk.toString();
    // Once: the second one ends it as it ends any program.
    if (!pressed && text.includes("Ctrl-C ends the lab.")) pressed = child.kill("SIGINT");
  };
  child.stdout.on("data", said);
  child.stderr.on("data", said);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, text })));
}

test.each([
  ["chef-backend", /backend-3 [^]*frontend-2 [^]*2\.3\.16 [^]*chef-backend-ctl cluster-status/],
  ["enterprise", /backend-2 [^]*frontend-2 [^]*private-chef_11\.3\.2[^]*private-chef-ctl status/],
  ["migration", /old-backend-2 [^]*frontend-1 [^]*cat \/proc\/drbd/],
])("up --system %s: says how to log in, and leaves nothing behind", async (system, says) => {
  const { code, text } = await lab("up", "--system", system, "--scale", "20");
  expect(text).toMatch(says);
  expect(code).toBe(0);
  const key = /Key: (\S+)/.exec(text)![1]!;
  expect(existsSync(dirname(key))).toBe(false);
});

test("up --system of something else is refused by name", async () => {
  const { code, text } = await lab("up", "--system", "toString");
  expect(text).toContain("--system is chef-backend or enterprise or migration, not toString");
  expect(code).toBe(1);
});
