const ctl = "chef-backend-ctl";

/** Blocks or allows failover, cluster wide, from any node. */
export function setClusterFailover(state: "on" | "off"): string[] {
  return [ctl, "set-cluster-failover", state];
}

/** Restarts what the installed package needs restarted, and verifies that the node has rejoined. */
export function upgrade(): string[] {
  return [ctl, "upgrade"];
}

/** On the leader: fails over to a follower first. Needs failover on. */
export function upgradeWithFailover(): string[] {
  return [ctl, "upgrade", "--failover"];
}

/** On a follower: writes a tar.gz into `backupFolder`. @param timeout seconds; null where it is not known (before 2.0.30). */
export function backup(timeout: number | null): string[] {
  return [ctl, "backup", ...(timeout === null ? [] : ["--timeout", String(timeout)])];
}

/** Stops this node's services for an upgrade with downtime. */
export function downForUpgrade(): string[] {
  return [ctl, "down-for-upgrade"];
}

/** Starts one service, or all. */
export function start(service?: string): string[] {
  return [ctl, "start", ...(service ? [service] : [])];
}

export function stop(service: string): string[] {
  return [ctl, "stop", service];
}
