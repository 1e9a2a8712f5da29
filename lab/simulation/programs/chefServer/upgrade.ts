import { isSince, upstreamOf } from "../../version";
import type { Run } from "../program";
import { migrationLevelPath } from "../../schema";
import { displayName } from "./services";
import { acceptsLicense, notAccepted } from "./license";
import { unsupportedPostgres, unsupportedSearch } from "./unsupported";

/** Another upgrade holds the lock: nothing is done, and success is told. */
export const lockedText = `ERROR: Unable to obtain file lock on ${migrationLevelPath}`;

/** Older releases have to go there first (vendor's upgrade page). */
const STEP = "12.17.15";

/** `chef-server-ctl upgrade`, after the package was installed. */
export async function upgrade(run: Run): Promise<number> {
  const { sim, frontend } = run;
  run.changes();
  await run.sleep(sim.timings.control);
  if (frontend.switches.openSourceServer) return askedForOpenSource(run);
  if (!acceptsLicense(run)) return notAccepted(run);
  if (frontend.switches.upgradeLocked) run.say(lockedText);
  if (frontend.switches.upgradeLocked || !frontend.upgradeOwed) return upgraded(run);
  const refused = refusal(run);
  if (refused) return run.fail(1, `ERROR: ${refused}`);
  const unsupported = unsupportedPostgres(run) ?? unsupportedSearch(run);
  if (unsupported !== null) return run.fail(1, unsupported);
  run.say(`[private-chef-upgrade] - Current Migration Version: 1.${sim.schema.minor}`);
  if (sim.schema.comparedTo(frontend.installed) < 0)
    run.say(`[private-chef-upgrade] - Starting Migration 1.${sim.schema.minor + 1}`);
  await run.sleep(sim.timings.frontendUpgrade);
  const { frontendUpgradeFails } = frontend.switches;
  if (frontendUpgradeFails) return run.fail(frontendUpgradeFails.code, frontendUpgradeFails.message);
  if (!sim.cluster.led) return run.fail(1, "ERROR: lost PostgreSQL on the Chef Backend cluster");
  if (sim.schema.comparedTo(frontend.installed) < 0) {
    sim.schema.migrate(frontend.installed);
    frontend.migrationLevel = sim.schema.level;
  }
  frontend.upgradedTo = frontend.installed;
  frontend.oldData = true;
  sim.changed();
  return upgraded(run);
}

/** Its last words, whatever was to be done. */
function upgraded(run: Run): number {
  run.say(`${displayName(run.frontend.installed)} Upgraded!`);
  return 0;
}

/** Nobody answers a job: the product crashes at the end of its input. */
function askedForOpenSource(run: Run): number {
  run.say("Open source Chef 11 server detected.\nWould you like to upgrade? [yN]");
  if (run.io.stdin === undefined || run.io.stdin === "")
    return run.fail(
      1,
      "upgrade.rb:96:in `upgrade?': undefined method `chomp' for nil:NilClass (NoMethodError)",
    );
  run.say("Aborting upgrade.");
  return 0;
}

function refusal({ sim, frontend }: Run): string | null {
  const { name, installed, upgradedTo } = frontend;
  const [from, to] = [upstreamOf(upgradedTo), upstreamOf(installed)];
  if (frontend.serving) {
    sim.accidents.push(`${name}: chef-server-ctl upgrade ran while the services did`);
    return "the services are running: run chef-server-ctl stop first";
  }
  if (!isSince(upgradedTo, STEP) && isSince(installed, STEP) && to !== STEP)
    return `cannot upgrade from ${from} to ${to}: upgrade to ${STEP} first`;
  if (!sim.cluster.led) return "cannot reach PostgreSQL on the Chef Backend cluster";
  const order = sim.schema.comparedTo(installed);
  if (order > 0) return `the database is of ${sim.schema.release} already`;
  if (order < 0 || frontend.migrationLevel.trim() === sim.schema.level) return null;
  sim.accidents.push(`${name}: chef-server-ctl upgrade ran without the first frontend's migration-level`);
  return `migration-level ${frontend.migrationLevel.trim()} does not match the database, which is at ${sim.schema.level}`;
}
