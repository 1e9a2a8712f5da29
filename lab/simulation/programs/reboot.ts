import type { Program } from "./program";
import type { System } from "../system";

/** `reboot`: the machine goes down at once, this program with it. */
export const reboot: Program<System> = async (run) => {
  if (!run.isRoot)
    return run.fail(1, "Failed to set wall message, ignoring: Interactive authentication required.");
  run.changes();
  run.sim.reboot(run.machine.name);
  await run.sleep(3600);
  return 0;
};
