import { licenseMarkers } from "../files/licenses";
import { upstreamOf } from "../version";
import { downForUpgrade, reconfigure, services } from "./backendServices";
import { createCluster, joinCluster } from "../setup/clusterSetup";
import { genServerConfig } from "../setup/serverConfig";
import { backup } from "./backup";
import { clusterStatus } from "./clusterStatus";
import type { Program, Run } from "./program";
import { status } from "./status";
import { upgrade } from "./upgrade";

const subcommands: Record<string, (run: Run, args: readonly string[]) => Promise<number>> = {
  "cluster-status": clusterStatus,
  status,
  upgrade,
  "set-cluster-failover": setClusterFailover,
  "set-node-failover": setNodeFailover,
  demote,
  promote,
  "down-for-upgrade": downForUpgrade,
  start: (run, args) => services(run, args, "start"),
  stop: (run, args) => services(run, args, "stop"),
  restart: (run, args) => services(run, args, "restart"),
  reconfigure,
  backup,
  "create-cluster": createCluster,
  "join-cluster": joinCluster,
  "gen-server-config": genServerConfig,
  version: async (run) => {
    run.say(upstreamOf(run.backend.installed));
    return 0;
  },
};

/** `chef-backend-ctl`: what the vendor's reference lists and this lab needs. */
export const chefBackendCtl: Program = async (run) => {
  if (run.backend.installed === "") return run.fail(127, "chef-backend-ctl: command not found");
  const [name = "", ...args] = run.args;
  if (!run.isRoot) return run.fail(1, "chef-backend-ctl must be run as root.");
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (subcommand && !run.backend.joined && !["create-cluster", "join-cluster", "version"].includes(name))
    return run.fail(1, "ERROR: this node does not belong to a cluster: run create-cluster or join-cluster");
  if (!subcommand) {
    const known = Object.keys(subcommands).sort().join("\n  ");
    return run.fail(
      1,
      `I don't know that command: ${name}\nUsage: chef-backend-ctl COMMAND [options]\n  ${known}`,
    );
  }
  const broken = run.machine.switches.controlFails;
  if (broken !== null) return run.fail(1, broken);
  return licensed(run, name) ? subcommand(run, args) : 1;
};

/** Off a terminal nobody can be asked for a license whose marker is gone; which commands look is not public. */
function licensed(run: Run, name: string): boolean {
  const asks = ["upgrade", "reconfigure"].includes(name);
  if (!asks || !run.machine.switches.hiddenFiles.includes(licenseMarkers.backend)) return true;
  run.say("To use this software, you must agree to the terms of the software license agreement.");
  run.say("Please view and accept the software license agreement, or pass --accept-license.");
  return false;
}

/** on/off/true/false/enabled/disabled; undefined for anything else. */
function parseState(word: string | undefined): boolean | undefined {
  if (["on", "true", "enabled"].includes(word ?? "")) return true;
  return ["off", "false", "disabled"].includes(word ?? "") ? false : undefined;
}

async function setFailover(run: Run, args: readonly string[], what: string, set: (on: boolean) => void) {
  const on = parseState(args[0]);
  if (on === undefined || args.length !== 1)
    return run.fail(1, `Usage: chef-backend-ctl ${run.args[0]} on|off|true|false|enabled|disabled`);
  run.changes();
  await run.sleep(run.sim.timings.control);
  if (!canReachEtcd(run)) return run.fail(1, "ERROR: could not write to etcd: no cluster available");
  set(on);
  run.sim.changed();
  run.say(`Failover is now ${on ? "enabled" : "disabled"} for ${what}.`);
  return 0;
}

async function setClusterFailover(run: Run, args: readonly string[]): Promise<number> {
  const { cluster } = run.sim;
  return setFailover(run, args, "the cluster", (on) => {
    cluster.failover = on;
    cluster.switched += 1;
  });
}

async function setNodeFailover(run: Run, args: readonly string[]): Promise<number> {
  return setFailover(run, args, `node ${run.machine.name}`, (on) => (run.backend.failover = on));
}

/** The local etcd runs and is part of a majority. */
function canReachEtcd(run: Run): boolean {
  return run.backend.running("etcd") && run.sim.cluster.quorum;
}

async function demote(run: Run): Promise<number> {
  const { sim, backend } = run;
  const next = sim.members.find((other) => sim.cluster.eligible(other));
  return move(run, backend, next && next !== backend ? next : undefined);
}

async function promote(run: Run, args: readonly string[]): Promise<number> {
  const { sim } = run;
  const to = sim.members.find((backend) => backend.name === args[0]);
  if (!to) return run.fail(1, "Usage: chef-backend-ctl promote NODE");
  return move(run, sim.cluster.leader, sim.cluster.eligible(to) ? to : undefined);
}

/** Moves the lead; fails while failover is off, for the cluster or the node (vendor's reference). */
async function move(run: Run, from: Run["backend"] | null, to: Run["backend"] | undefined): Promise<number> {
  const { sim } = run;
  run.changes();
  await run.sleep(sim.timings.control);
  if (!from || sim.cluster.leader !== from) return run.fail(1, "ERROR: this node is not the leader");
  if (!sim.cluster.mayFailOver(from) || to?.failover === false)
    return run.fail(1, "ERROR: failover is disabled");
  if (!to) return run.fail(1, "ERROR: no eligible follower");
  sim.cluster.stepDown(to);
  await sim.until(() => sim.cluster.leader !== null, run.signal);
  run.say(`${sim.leader} is now the leader.`);
  return 0;
}
