import type { EnterpriseRun } from "./privateChefCtl";
import { COUCHDB, MOVER } from "../services";

/** `cleanup`: destroys the data of services which Enterprise Chef does not have any more. */
export async function cleanup(run: EnterpriseRun): Promise<number> {
  const { sim } = run;
  const node = sim.machine(run.machine.name);
  run.changes();
  const behind = sim.machines.filter((each) => each.upgradeOwed || each.upgradedTo !== node.upgradedTo);
  if (behind.length > 0)
    sim.accidents.push(
      `${node.name}: cleanup before ${behind.map(({ name }) => name).join(", ")} was upgraded`,
    );
  await run.sleep(sim.timings.frontendCleanup);
  const { cleanupFails } = node.switches;
  if (cleanupFails) return run.fail(cleanupFails.code, cleanupFails.message);
  if (node.oldData) run.say("Removing /var/opt/opscode/couchdb and the service couchdb");
  node.oldData = false;
  node.services.delete(COUCHDB);
  sim.changed();
  if (node.isBackend) run.say(`[ERROR] ${MOVER} is not running`);
  run.say("Private Chef has been cleaned up!");
  return 0;
}
