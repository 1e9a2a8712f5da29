import type { Step } from "../plan/plan";
import type { UpgradeSpec } from "../plan/spec";
import { cannotLead, type NodeView, stillAwaited, type View, whyLeaderless } from "../plan/view";

/** It leads, and can do so. */
export function handsOver(node: NodeView): boolean {
  return node.role === "leader" && !(node.inside && cannotLead(node));
}

/**
 * The leader, or the one whose own install took the leadership down: until it follows failover stays on for it, since what
 * was the leader's database may become a follower's only while the cluster may choose.
 */
export function leads(node: NodeView, { record, nodes }: View): boolean {
  if (node.role === "leader" || !node.inside) return node.role === "leader";
  const deposed = record?.failover === "on-for-leader" && !node.needsInstall && node.role !== "follower";
  return deposed || nodes.every(({ role }) => role !== "leader");
}

/**
 * A leader that its own install took down has nothing to hand over: one of the others takes over by itself. Before its
 * `upgrade` there must be somebody for it to follow.
 */
export function upgradeStopped(spec: UpgradeSpec, view: View, node: NodeView, upgrade: Step): Step[] {
  const reason = whyLeaderless(view, node);
  const awaited: Step = {
    ...{ id: "cluster/await-leader", kind: "await-leader", node: null, commands: [] },
    title: "waiting for another backend to lead",
    reason,
    guard: "failover is on",
    verify: "one of the other backends leads, and the third is well with it",
    timeout: spec.timeouts.rejoin,
  };
  return [
    ...(stillAwaited(view, node, spec.search) ? [awaited] : []),
    node.again ? upgrade : { ...upgrade, reason },
  ];
}
