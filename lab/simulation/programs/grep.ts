import { nodeFile } from "../files/nodeFile";
import type { System } from "../system";
import { PASSTHROUGH, type Program } from "./program";

/** `grep -oE PATTERN PATH` of a file of the simulation; anything else is the real program's business. */
export const grep: Program<System> = (run) => {
  const [option, pattern = "", path = ""] = run.args;
  const file = option === "-oE" ? nodeFile(run.sim, run.machine, run.path(path)) : undefined;
  if (file === undefined) return PASSTHROUGH;
  if (file?.content === undefined) return run.fail(2, `grep: ${path}: No such file or directory`);
  const found = file.content.match(new RegExp(pattern, "g")) ?? [];
  for (const each of found) run.say(each);
  return found.length > 0 ? 0 : 1;
};
