import { crosses, runsOldServices } from "../cluster/majorUpgrade";
import { servicesOf, type ServiceName } from "../cluster/services";
import { upstreamOf } from "../version";
import type { Run } from "./program";

/**
 * `chef-backend-ctl upgrade [--failover]`: restarts what does not run the installed build and verifies that the
 * node has rejoined. From 1.x to 2.x that needs the services of all other backends down, or of 2.x already. With `--failover` on the leader: fails over to a follower first, which needs failover on.
 */
export async function upgrade(run: Run, args: readonly string[]): Promise<number> {
  const { sim, backend } = run;
  if (args.some((word) => word !== "--failover"))
    return run.fail(1, "Usage: chef-backend-ctl upgrade [--failover]");
  run.changes();
  await run.sleep(sim.timings.control);
  const { switches } = backend;
  if (switches.asks.upgrade !== undefined) {
    run.print(switches.asks.upgrade);
    await sim.until(() => switches.asks.upgrade === undefined, run.signal);
  }
  if (switches.upgradeFails && !switches.upgradeFails.afterRestart)
    return run.fail(switches.upgradeFails.code, switches.upgradeFails.message);
  if (switches.upgradeHangs === true || switches.upgradeHangs === "before-restart")
    await sim.until(() => !switches.upgradeHangs, run.signal);
  if (args.includes("--failover")) {
    const failed = await failOver(run);
    if (failed !== 0) return failed;
  }
  if (switches.upgradeRestartsNothing > 0) {
    switches.upgradeRestartsNothing -= 1;
    run.say(`Chef Backend is upgraded to ${upstreamOf(backend.installed)}.`);
    return 0;
  }
  const alone = switches.upgradeAlone ?? sim.upgradeAlone;
  if (!(await restart(run, alone === "waits")))
    return run.fail(1, "ERROR: no leader: PostgreSQL has nobody to follow");
  backend.refusedSettings = switches.upgradeKeepsSettings > 0 ? sim.clock.now() : null;
  if (backend.refusedSettings !== null) {
    switches.upgradeKeepsSettings -= 1;
    backend.stop(["elasticsearch"]);
    backend.upgradedTo = backend.installed;
    return 0;
  }
  if (switches.upgradeFails?.afterRestart)
    return run.fail(switches.upgradeFails.code, switches.upgradeFails.message);
  if (switches.upgradeHangs === "after-restart") await sim.until(() => !switches.upgradeHangs, run.signal);
  const returns = switches.upgradeReturnsEarly || (alone === "returns" && !sim.cluster.led);
  if (!returns && !(await verifyRejoin(run)))
    return run.fail(1, `ERROR: ${backend.name} has not rejoined the cluster`);
  backend.upgradedTo = backend.installed;
  run.say(`Chef Backend is upgraded to ${upstreamOf(backend.installed)}.`);
  return 0;
}

async function failOver(run: Run): Promise<number> {
  const { sim, backend } = run;
  const { cluster } = sim;
  if (cluster.leader !== backend) {
    if (backend.switches.failoverOnNonLeader === "plain-upgrade") return 0;
    return run.fail(1, "ERROR: --failover can only be used on the leader");
  }
  if (!cluster.mayFailOver(backend)) return run.fail(1, "ERROR: cannot fail over: failover is disabled");
  const next = sim.members.find((other) => cluster.eligible(other));
  if (!next) return run.fail(1, "ERROR: cannot fail over: no eligible follower");
  run.say(`Failing over to ${next.name}...`);
  cluster.stepDown(next);
  await sim.until(() => cluster.leader !== null, run.signal);
  run.say(`${cluster.leader!.name} is now the leader.`);
  return 0;
}

/**
 * Restarts as needed: every service that is down or runs another build than the installed one.
 * @param waits whether the database, and what is not needed for an election, waits for a leader
 * @returns whether all was started
 */
async function restart(run: Run, waits: boolean): Promise<boolean> {
  const { sim, backend } = run;
  const { installed, services } = backend;
  const needs = (name: ServiceName) =>
    !services.get(name)?.running || services.get(name)!.build !== installed;
  const crossing = crosses(backend);
  const names = servicesOf(installed).filter((name) => crossing || needs(name));
  if (names.length === 0 && backend.upgradedTo === installed) {
    run.say("Nothing to restart.");
    return true;
  }
  run.say("Reconfiguring...");
  await run.sleep(sim.timings.reconfigure);
  const { switches } = backend;
  // It waits at `supervise/ok`, which nobody makes.
  await sim.until(() => !switches.runsvdirDead, run.signal);
  const spared = switches.serviceNotRestarted;
  const forgotten = switches.upgradeSpares;
  switches.upgradeSpares = null;
  const spares = (name: ServiceName) =>
    (name === spared || name === forgotten) && services.get(name)?.running;
  const restarted = names.filter((name) => !spares(name));
  run.say(`Restarting: ${restarted.join(", ")}`);
  backend.stop(restarted);
  await run.sleep(sim.timings.stopServices);
  await run.sleep(sim.timings.startServices);
  if (crossing) cross(run);
  if (waits && sim.cluster.heir !== backend) {
    backend.start(restarted.filter((name) => name === "etcd" || name === "leaderl"));
    if (!(await inTime(run, () => sim.cluster.led))) return false;
  }
  backend.start(restarted);
  // The service needed no restart: its part of the package is the same.
  if (spared && services.has(spared)) services.get(spared)!.build = installed;
  return true;
}

/** From here on the node's data is of 2.x. */
function cross(run: Run): void {
  const { sim, backend } = run;
  const old = sim.members.filter((other) => other !== backend && runsOldServices(other));
  if (old.length > 0)
    sim.accidents.push(
      `${backend.name} was upgraded to 2.x while services of 1.x ran on ${old.map(({ name }) => name).join(", ")}`,
    );
  backend.migrated = true;
}

/** Waits until leaderl has the node back: follower and synced, or leader. */
async function verifyRejoin(run: Run): Promise<boolean> {
  const { sim, backend } = run;
  run.say("Waiting for this node to rejoin the cluster...");
  const back = () =>
    backend.allRunning &&
    !backend.cannotOpenIndex &&
    sim.cluster.led &&
    (sim.cluster.leader === backend || (backend.accepted && backend.synced));
  return inTime(run, back);
}

/** Whether it comes to that within `timings.verifyTimeout`. */
async function inTime({ sim, signal }: Run, condition: () => boolean): Promise<boolean> {
  let tired = false;
  const cancel = sim.clock.setTimer(sim.timings.verifyTimeout * 1000, () => {
    tired = true;
    sim.changed();
  });
  await sim.until(() => condition() || tired, signal).finally(cancel);
  return condition();
}
