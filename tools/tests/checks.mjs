/** Types, lint and format, side by side. */
import { npmCommand, root } from "../setup/paths.mjs";
import { run, say } from "../setup/run.mjs";

/** @returns {Promise<number>} how many of them failed; what those said was printed */
export async function check(env) {
  const names = ["types", "lint", "format:check"];
  const ended = await Promise.allSettled(
    names.map((name) =>
      run(`npm run ${name}`, [...npmCommand(), "run", "--silent", name], { cwd: root, env }),
    ),
  );
  const failed = ended.filter(({ status }) => status === "rejected");
  for (const { reason } of failed) console.log(reason.message);
  if (failed.length === 0) say("Types, lint and format: as they should be.");
  return failed.length;
}
