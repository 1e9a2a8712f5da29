import { createHash } from "node:crypto";
import { nodeFile } from "../files/nodeFile";
import { PASSTHROUGH, type Program } from "./program";
import type { System } from "../system";

/** `sha256sum PATHS` of the simulation's files; all others, and standard input, are the real program's business. */
export const sha256sum: Program<System> = (run) => {
  const paths = run.args.filter((word) => !word.startsWith("-"));
  const files = paths.map((path) => nodeFile(run.sim, run.machine, run.path(path)));
  if (
    paths.length === 0 ||
    run.args.some((word) => word.startsWith("-")) ||
    files.some((file) => file === undefined)
  )
    return PASSTHROUGH;
  let code = 0;
  for (const [at, path] of paths.entries()) {
    const file = files[at];
    if (file?.kind === "directory") code = run.fail(1, `sha256sum: ${path}: Is a directory`);
    else if (file) run.say(`${createHash("sha256").update(file.content).digest("hex")}  ${path}`);
    else code = run.fail(1, `sha256sum: ${path}: No such file or directory`);
  }
  return code;
};
