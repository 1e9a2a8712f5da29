import { isSince, upstreamOf } from "../../version";
import type { System } from "../../system";
import type { Run } from "../program";

const names = ["nginx", "oc_bifrost", "opscode-erchef"];

/** `chef-server-ctl status`: runit's lines; 1 when something is down. */
export async function status(run: Run<System>): Promise<number> {
  await run.sleep(run.sim.timings.control);
  const { frontend } = run;
  const seconds = Math.floor(frontend.age(frontend.since));
  for (const name of names)
    run.say(
      frontend.serving
        ? `run: ${name}: (pid 2101) ${seconds}s; run: log: (pid 2090) 107995s`
        : `down: ${name}: ${seconds}s, normally up; run: log: (pid 2090) 107995s`,
    );
  return frontend.serving ? 0 : 1;
}

export async function start(run: Run<System>): Promise<number> {
  const { frontend } = run;
  run.changes();
  await run.sleep(run.sim.timings.frontendStart);
  const { startFails } = frontend.switches;
  if (startFails) return run.fail(startFails.code, startFails.message);
  if (owesUpgrade(run)) return 1;
  frontend.serve(true);
  for (const name of names) run.say(`ok: run: ${name}: (pid 2101) 0s`);
  return 0;
}

export async function stop(run: Run<System>): Promise<number> {
  run.changes();
  await run.sleep(run.sim.timings.frontendStop);
  run.frontend.serve(false);
  for (const name of names) run.say(`ok: down: ${name}: 0s, normally up`);
  return 0;
}

/** `maintenance on|off`: since 14.6.32. */
export async function maintenance(run: Run<System>, [state]: readonly string[]): Promise<number> {
  if (state !== "on" && state !== "off") return run.fail(1, "Usage: chef-server-ctl maintenance on|off");
  run.changes();
  await run.sleep(run.sim.timings.control);
  run.frontend.maintenance = state === "on";
  run.sim.changed();
  return 0;
}

/** Whether that release knows `maintenance`. */
export const knowsMaintenance = (version: string) => isSince(version, "14.6.32");

/**
 * `reconfigure`: needs PostgreSQL; creates the search index where there is none and Elasticsearch can be reached;
 * starts what is stopped.
 */
export async function reconfigure(run: Run): Promise<number> {
  const { sim, frontend } = run;
  run.changes();
  await run.sleep(sim.timings.reconfigure);
  const { reconfigureFails } = frontend.switches;
  if (reconfigureFails) return run.fail(reconfigureFails.code, reconfigureFails.message);
  if (!sim.cluster.led) return run.fail(1, "ERROR: cannot reach PostgreSQL on the Chef Backend cluster");
  if (!frontend.serving && owesUpgrade(run)) return 1;
  if (sim.search.colour === "red")
    run.fail(0, "WARN: cannot reach Elasticsearch on the Chef Backend cluster");
  else if (sim.search.missing) sim.search.create(sim.search.master!.elasticsearch);
  frontend.serve(true);
  run.say("Chef Server Reconfigured!");
  return 0;
}

function owesUpgrade(run: Run<System>): boolean {
  const { frontend } = run;
  if (!frontend.upgradeOwed) return false;
  run.fail(
    1,
    `ERROR: the package of ${upstreamOf(frontend.installed)} was installed over ${upstreamOf(frontend.upgradedTo)}: run chef-server-ctl upgrade first`,
  );
  return true;
}
