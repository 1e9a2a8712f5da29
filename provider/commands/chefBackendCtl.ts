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
