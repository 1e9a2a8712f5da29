import type { Program, Run } from "./program";
import { runitLine } from "./runitLine";

/** The services of each add-on, by its package. */
const services: Readonly<Record<string, readonly string[]>> = {
  "chef-manage": ["events", "redis", "web", "worker"],
  "opscode-push-jobs-server": ["opscode-pushy-server"],
  "opscode-reporting": ["opscode-reporting"],
};

/** `chef-manage-ctl` and its like (chef/omnibus-ctl): `reconfigure` and `status`. */
const addonCtl =
  (addon: string): Program =>
  async (run) => {
    const { frontend } = run;
    if (!run.machine.packages.find(addon)) return run.fail(127, `${addon}-ctl: command not found`);
    const [name, ...args] = run.args;
    if (name === "reconfigure") return reconfigure(run, addon, args);
    if (name !== "status") return run.fail(1, `I don't know that command: ${name}`);
    await run.sleep(run.sim.timings.control);
    const { addonDown } = frontend.switches;
    const lines = services[addon]!.map((service, at) =>
      runitLine(frontend, {
        ...{ name: service, running: service !== addonDown, pid: 3101 + at, since: frontend.since },
        ...{ logPid: 3081 + at, logSince: frontend.bootedAt },
      }),
    );
    for (const { line } of lines) run.say(line);
    return lines.reduce((sum, { code }) => sum + code, 0);
  };

/** It asks for the license where nobody has accepted it, and hooks into the server's nginx, which must run. */
async function reconfigure(run: Run, addon: string, args: readonly string[]): Promise<number> {
  const { frontend, sim } = run;
  run.changes();
  await run.sleep(sim.timings.reconfigure);
  if (!args.includes("--accept-license") && !frontend.licenseAccepted) {
    run.say("Please view and accept the software license agreement, or pass --accept-license.");
    return 1;
  }
  const { addonFails } = frontend.switches;
  if (addonFails) return run.fail(addonFails.code, addonFails.message);
  if (!frontend.serving)
    sim.accidents.push(`${frontend.name}: ${addon} was reconfigured while its server was down`);
  frontend.addons[addon] = frontend.upgradedTo;
  run.say(`${addon} Reconfigured!`);
  return 0;
}

/** By name: of every add-on that the lab knows. */
export const addonPrograms: Record<string, Program> = Object.fromEntries(
  Object.keys(services).map((addon) => [`${addon}-ctl`, addonCtl(addon)]),
);
