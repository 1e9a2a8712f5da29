import { PASSTHROUGH, type Program } from "./program";
import type { System } from "../system";

/** Where rsync is, which every machine of the lab has. */
export const rsync = "/usr/bin/rsync";

/** `which rsync`. */
export const which: Program<System> = (run) => {
  if (run.args.join(" ") !== "rsync") return PASSTHROUGH;
  if (run.machine.switches.hiddenFiles.includes(rsync)) return 1;
  run.say(rsync);
  return 0;
};
