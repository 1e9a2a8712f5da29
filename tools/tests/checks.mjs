/** Types, lint and format, side by side. */
import { spawn } from "node:child_process";
import { npmCommand, root } from "../setup/paths.mjs";
import { say } from "../setup/run.mjs";

/** @returns {Promise<number>} 0 when all of them are content; what the others said was printed */
export async function check(env) {
  const outcomes = await Promise.all(["types", "lint", "format:check"].map((name) => npmRun(name, env)));
  const failed = outcomes.filter(({ status }) => status !== 0);
  for (const { name, output } of failed) console.log(`npm run ${name} failed:\n${output}`);
  say(
    failed.length === 0
      ? "Types, lint and format: as they should be."
      : `Failed: ${failed.map(({ name }) => name).join(", ")}.`,
  );
  return failed.length;
}

function npmRun(name, env) {
  const [program, ...args] = [...npmCommand(), "run", "--silent", name];
  const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ name, status: 1, output: error.message }));
    child.on("close", (status) => resolve({ name, status, output: output.trim() }));
  });
}
