import { lockedText } from "../../programs/chefServer/upgrade";
import { lastMigration } from "../../migrations";
import { isSince, upstreamOf } from "../../version";
import type { EnterpriseNode } from "../enterpriseNode";
import type { EnterpriseSimulation } from "../enterpriseSimulation";
import { differences, upgradeFolder, writeRunning } from "../opscodeFolder";
import { KEEPALIVED } from "../services";
import type { EnterpriseRun } from "./privateChefCtl";
import { wake } from "./services";

/** `upgrade`, after the package is installed. On a backend it starts the services, on a frontend it does not. */
export async function upgrade(run: EnterpriseRun): Promise<number> {
  const { sim } = run;
  const node = sim.machine(run.machine.name);
  run.changes();
  await run.sleep(sim.timings.control);
  if (node.switches.upgradeLocked) {
    run.say(lockedText);
    return upgraded(run);
  }
  if (!node.upgradeOwed) return upgraded(run);
  const refused = judge(sim, node);
  if (refused) return run.fail(1, `RuntimeError: ${refused}`);
  node.busy = "upgrade";
  try {
    return await migrate(run, node);
  } finally {
    node.busy = null;
    sim.changed();
  }
}

async function migrate(run: EnterpriseRun, node: EnterpriseNode): Promise<number> {
  const { sim } = run;
  const { switches } = node;
  const { enterpriseUpgrade, enterpriseUpgradeTimeout, frontendUpgrade } = sim.timings;
  const seconds = node.isBackend ? enterpriseUpgrade : frontendUpgrade;
  run.say("Starting Chef Client, version 11.6.0");
  run.say("opscode Reconfigured!");
  if (isSince(node.installed, "11.1.8")) run.say("Sleeping for 2 minutes before migration");
  await run.sleep(seconds / 4);
  if (node.part === "bootstrap") upgradeFolder(node.tree, sim.random);
  run.say("[private-chef-upgrade] - Starting Migration 1.8");
  if (switches.upgradeHangs) await sim.until(() => !switches.upgradeHangs, run.signal);
  if (switches.upgradeTimesOut > 0) {
    await run.sleep(enterpriseUpgradeTimeout);
    switches.upgradeTimesOut -= 1;
    return run.fail(1, timedOut(enterpriseUpgradeTimeout));
  }
  await run.sleep((3 * seconds) / 4);
  const { upgradeFails } = switches;
  if (upgradeFails) return run.fail(upgradeFails.code, `RuntimeError: ${upgradeFails.message}`);
  if (node.part === "bootstrap" && !node.active)
    return run.fail(1, "RuntimeError: lost PostgreSQL: this backend is not active any more");
  node.upgradedTo = node.installed;
  node.migrationLevel = lastMigration(node.installed);
  node.updateServices();
  writeRunning(node.tree, node.name, node.installed);
  if (node.isBackend) wake(sim, node);
  if (node.part === "secondary") sim.keepalived.fault = switches.keepalivedAfterUpgrade;
  node.cleaned = false;
  return upgraded(run);
}

/** Its last words, whatever was to be done. */
function upgraded(run: EnterpriseRun): number {
  run.say("Chef Server Upgraded!");
  return 0;
}

/** Words of mixlib-shellout, with which the product runs its migrations. */
function timedOut(seconds: number): string {
  return `Mixlib::ShellOut::CommandTimeout: Command timed out after ${seconds}s:
Command exceeded allowed execution time, process terminated
---- Begin output of /opt/opscode/embedded/bin/rake run_dev ----
STDOUT: [private-chef-upgrade] - Starting Migration 1.8
STDERR:
---- End output of /opt/opscode/embedded/bin/rake run_dev ----`;
}

/** Records what should not be, and says what makes it fail. */
function judge(sim: EnterpriseSimulation, node: EnterpriseNode): string | null {
  const [primary, secondary] = sim.backends;
  const accident = (what: string) => sim.accidents.push(`${node.name}: upgrade ${what}`);
  const behind = (each: EnterpriseNode) => each.upgradedTo !== node.installed;
  const serving = sim.frontends.filter((each) => each.anythingRuns && behind(each));
  if (serving.length > 0) accident(`while services of ${serving.map(({ name }) => name).join(", ")} ran`);
  if (node === primary) {
    if (secondary.running(KEEPALIVED)) accident(`while keepalived ran on ${secondary.name}`);
    return node.active ? null : "The bootstrap server must be the HA-master at the time of upgrade.";
  }
  if (behind(primary)) {
    accident(`before ${primary.name} was upgraded`);
    return `the database is of ${upstreamOf(primary.upgradedTo)}`;
  }
  const [different] = differences(primary.tree, node.tree);
  if (different !== undefined) {
    accident(`without ${primary.name}'s ${different}`);
    return `${different} does not fit the database: Permission denied for user opscode_chef`;
  }
  if (node === secondary) return null;
  if (behind(secondary)) accident(`before ${secondary.name} was upgraded`);
  const beside = sim.frontends.find((each) => each !== node && each.busy === "upgrade");
  if (beside && sim.frontends.every(behind))
    accident(`beside ${beside.name}, before a first frontend was upgraded alone`);
  return sim.keepalived.active ? null : "cannot reach PostgreSQL on the active backend";
}
