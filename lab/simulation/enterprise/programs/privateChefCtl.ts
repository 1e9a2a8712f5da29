import { upstreamOf } from "../../version";
import type { Program, Run } from "../../programs/program";
import type { EnterpriseSimulation } from "../enterpriseSimulation";
import { cleanup } from "./cleanup";
import { haStatus } from "./haStatus";
import { reconfigure } from "./reconfigure";
import { services, status } from "./services";
import { upgrade } from "./upgrade";

export type EnterpriseRun = Run<EnterpriseSimulation>;

const subcommands: Record<string, (run: EnterpriseRun, args: readonly string[]) => Promise<number> | number> =
  {
    status,
    start: (run, args) => services(run, args, "start"),
    stop: (run, args) => services(run, args, "stop"),
    restart: (run, args) => services(run, args, "restart"),
    reconfigure,
    upgrade,
    cleanup,
    "ha-status": haStatus,
    version: (run) => {
      run.say(upstreamOf(run.machine.installed));
      return 0;
    },
  };

/** `private-chef-ctl`: as much as the upgrade to Enterprise Chef 11 needs. */
export const privateChefCtl: Program<EnterpriseSimulation> = (run) => {
  const { installed, switches } = run.machine;
  const [name = "", ...args] = run.args;
  if (installed === "") return run.fail(127, "private-chef-ctl: command not found");
  if (!run.isRoot) return run.fail(1, "private-chef-ctl must be run as root.");
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (!subcommand)
    return run.fail(1, `I don't know that command: ${name}\nUsage: private-chef-ctl COMMAND [options]`);
  return switches.controlFails === null ? subcommand(run, args) : run.fail(1, switches.controlFails);
};
