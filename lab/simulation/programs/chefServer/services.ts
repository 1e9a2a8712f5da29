import { isSince, upstreamOf } from "../../version";
import type { System } from "../../system";
import type { Run } from "../program";
import { runitLine } from "../runitLine";
import { externalLines, heading } from "./externals";
import { acceptsLicense, notAccepted } from "./license";
import { unsupportedPostgres, unsupportedSearch } from "./unsupported";

const names = ["bookshelf", "nginx", "oc_bifrost", "oc_id", "opscode-erchef", "redis_lb"];

/** `chef-server-ctl status` of a frontend of a Chef Backend cluster. */
export async function status(run: Run): Promise<number> {
  await run.sleep(run.sim.timings.control);
  const { lines, code } = internalLines(run, [...names, "haproxy"].sort());
  const all = [heading("Internal"), ...lines, heading("External"), ...externalLines(run)];
  run.show(all.map((text) => text.replace(/\n?$/, "\n")).join(""));
  return code;
}

/** The same of a frontend without external services, which has no headings. */
export async function plainStatus(run: Run<System>): Promise<number> {
  await run.sleep(run.sim.timings.control);
  const { lines, code } = internalLines(run, names);
  run.show(lines.map((line) => `${line}\n`).join(""));
  return code;
}

/** runit's lines; the exit status is the sum of those of all services. */
function internalLines(run: Run<System>, shown: readonly string[]): { lines: string[]; code: number } {
  const { frontend } = run;
  const { serving: running, since, bootedAt } = frontend;
  const lines = shown.map((name, at) => {
    const service = { name, running, pid: 2101 + at, since, logPid: 2081 + at, logSince: bootedAt };
    return runitLine(frontend, service);
  });
  const down = running ? 0 : run.sim.shape.downStatus * shown.length;
  return { lines: lines.map(({ line }) => line), code: lines.reduce((sum, { code }) => sum + code, down) };
}

export async function start(run: Run<System>): Promise<number> {
  const { frontend } = run;
  run.changes();
  await run.sleep(run.sim.timings.frontendStart);
  const { startFails } = frontend.switches;
  if (startFails) return run.fail(startFails.code, startFails.message);
  if (owesUpgrade(run)) return 1;
  frontend.serve(true);
  const seconds = Math.floor(frontend.age(frontend.since));
  const late = frontend.switches.startTimesOut;
  for (const [at, name] of names.entries())
    run.say(
      name === late
        ? `timeout: down: ${name}: 0s, normally up, want up`
        : `ok: run: ${name}: (pid ${2101 + at}) ${seconds}s`,
    );
  return sumOf(late);
}

/** What all services together end with: the sum of what `sv` ends with for each. */
const sumOf = (late: string | null) => (late !== null && names.includes(late) ? 1 : 0);

export async function stop(run: Run<System>): Promise<number> {
  run.changes();
  await run.sleep(run.sim.timings.frontendStop);
  run.frontend.serve(false);
  const late = run.frontend.switches.stopTimesOut;
  for (const name of names)
    run.say(
      name === late
        ? `timeout: run: ${name}: (pid 2101) 60s, want down, got TERM`
        : `ok: down: ${name}: 0s, normally up`,
    );
  return sumOf(late);
}

/** `maintenance on|off`, and `--list-ips`: since 14.6.32. */
export async function maintenance(run: Run<System>, [state]: readonly string[]): Promise<number> {
  if (state === "--list-ips") {
    await run.sleep(run.sim.timings.control);
    run.say("- The following IPs are allowed in maintenance mode");
    run.say("127.0.0.1");
    return 0;
  }
  if (state !== "on" && state !== "off") return run.fail(1, "Usage: chef-server-ctl maintenance on|off");
  run.changes();
  await run.sleep(run.sim.timings.control);
  run.frontend.maintenance = state === "on";
  run.sim.changed();
  run.say(`- ${state === "on" ? "Enabling" : "Disabling"} maintenance mode`);
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
  if (!acceptsLicense(run)) return notAccepted(run);
  run.changes();
  await run.sleep(sim.timings.reconfigure);
  const { reconfigureFails } = frontend.switches;
  if (reconfigureFails) return run.fail(reconfigureFails.code, reconfigureFails.message);
  if (!sim.cluster.led) return run.fail(1, "ERROR: cannot reach PostgreSQL on the Chef Backend cluster");
  const unsupported = unsupportedPostgres(run) ?? unsupportedSearch(run);
  if (unsupported !== null) return run.fail(1, unsupported);
  if (!frontend.serving && owesUpgrade(run)) return 1;
  if (sim.search.colour === "red")
    run.fail(0, "WARN: cannot reach Elasticsearch on the Chef Backend cluster");
  else if (sim.search.missing) sim.search.create();
  frontend.serve(true);
  run.say(`${displayName(frontend.installed)} Reconfigured!`);
  return 0;
}

/** How the product calls itself. */
export const displayName = (version: string) =>
  isSince(version, "14.7.23") ? "Chef Infra Server" : "Chef Server";

function owesUpgrade(run: Run<System>): boolean {
  const { frontend } = run;
  if (!frontend.upgradeOwed) return false;
  run.fail(
    1,
    `ERROR: the package of ${upstreamOf(frontend.installed)} was installed over ${upstreamOf(frontend.upgradedTo)}: run chef-server-ctl upgrade first`,
  );
  return true;
}
