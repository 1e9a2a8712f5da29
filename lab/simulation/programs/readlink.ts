import { resolveLink } from "../files/folders";
import { PASSTHROUGH, type Program } from "./program";

/** `readlink -f PATHS` of the simulation's paths; all others are the real program's business. */
export const readlink: Program = (run) => {
  const paths = run.args.filter((word) => !word.startsWith("-")).map((path) => run.path(path));
  if (!paths.some((path) => run.machine.owns(path))) return PASSTHROUGH;
  for (const path of paths) run.say(resolveLink(run.machine, path));
  return 0;
};
