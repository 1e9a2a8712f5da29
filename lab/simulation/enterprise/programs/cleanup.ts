import { wouldRemove } from "../../programs/chefServer/wouldRemove";
import type { EnterpriseRun } from "./privateChefCtl";
import { COUCHDB, MOVER } from "../services";

/** `cleanup`: destroys the data of services which Enterprise Chef does not have any more, almost without a word. */
export async function cleanup(run: EnterpriseRun, args: readonly string[]): Promise<number> {
  const { sim } = run;
  const node = sim.machine(run.machine.name);
  if (args.includes("--no-op")) return noOp(run);
  run.changes();
  const behind = sim.machines.filter((each) => each.upgradeOwed || each.upgradedTo !== node.upgradedTo);
  if (behind.length > 0)
    sim.accidents.push(
      `${node.name}: cleanup before ${behind.map(({ name }) => name).join(", ")} was upgraded`,
    );
  await run.sleep(sim.timings.frontendCleanup);
  const { cleanupFails } = node.switches;
  if (cleanupFails) return run.fail(cleanupFails.code, cleanupFails.message);
  node.oldData = false;
  node.cleaned = true;
  node.services.delete(COUCHDB);
  sim.changed();
  if (node.isBackend) run.say(`[ERROR] ${MOVER} is not running`);
  return 0;
}

/** `--no-op`: what would be removed. */
async function noOp(run: EnterpriseRun): Promise<number> {
  await run.sleep(run.sim.timings.frontendCleanup);
  if (run.sim.machine(run.machine.name).cleaned) return 0;
  run.say(wouldRemove("/var/opt/opscode/opscode-authz"));
  run.say(wouldRemove("/var/opt/opscode/nagios"));
  return 0;
}
