import { knowsMaintenance, maintenance, plainStatus, start, stop } from "../programs/chefServer/services";
import type { Program, Run } from "../programs/program";
import type { System } from "../system";
import { upstreamOf } from "../version";
import type { DrbdBackend } from "./drbdBackend";

type Subcommand = (run: Run<System>, args: readonly string[]) => Promise<number> | number;

const version: Subcommand = (run) => {
  run.say(upstreamOf(run.machine.installed));
  return 0;
};

const ofFrontend: Record<string, Subcommand> = { status: plainStatus, start, stop, maintenance, version };

const services = [
  "bookshelf",
  "keepalived",
  "nginx",
  "oc_bifrost",
  "oc_id",
  "opscode-erchef",
  "opscode-expander",
];
const more = ["opscode-solr4", "postgresql", "rabbitmq", "redis_lb"];

const ofBackend: Record<string, Subcommand> = {
  version,
  /** Where it is not active keepalived alone runs. */
  status: async (run) => {
    await run.sleep(run.sim.timings.control);
    const { wanted } = run.machine as DrbdBackend;
    const active = run.sim.addressesOf(run.machine).length > run.machine.addresses.length;
    const seconds = Math.floor(run.machine.age(run.machine.bootedAt));
    for (const [at, name] of [...services, ...more].entries()) {
      const log = `run: log: (pid ${1001 + at}) ${seconds}s`;
      const runs = wanted && (active || name === "keepalived");
      run.say(
        runs ? `run: ${name}: (pid ${2001 + at}) ${seconds}s; ${log}` : `down: ${name}: ${seconds}s; ${log}`,
      );
    }
    return wanted ? 0 : 1;
  },
  start: (run) => setServices(run, true),
  stop: (run) => setServices(run, false),
};

/** Nobody should: the old pair is for going back. */
async function setServices(run: Run<System>, on: boolean): Promise<number> {
  run.changes();
  await run.sleep(run.sim.timings.frontendStop);
  (run.machine as DrbdBackend).wanted = on;
  run.sim.changed();
  return 0;
}

const control =
  (subcommands: Record<string, Subcommand>): Program<System> =>
  (run) => {
    const { installed, switches } = run.machine;
    const [name = "", ...args] = run.args;
    if (!run.isRoot) return run.fail(1, "chef-server-ctl must be run as root.");
    const known = Object.hasOwn(subcommands, name) && (name !== "maintenance" || knowsMaintenance(installed));
    if (!known)
      return run.fail(1, `I don't know that command: ${name}\nUsage: chef-server-ctl COMMAND [options]`);
    return switches.controlFails === null
      ? subcommands[name]!(run, args)
      : run.fail(1, switches.controlFails);
  };

/** `chef-server-ctl` on the old frontends, and on the old backends. */
export const frontendCtl = control(ofFrontend);
export const backendCtl = control(ofBackend);
