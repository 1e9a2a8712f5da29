import { setClusterFailover } from "../commands/chefBackendCtl";
import type { Step } from "../plan/plan";
import type { UpgradeSpec } from "../plan/spec";

/** Nobody takes over from now on, cluster wide. */
export function failoverOff(spec: UpgradeSpec, reason: string): Step {
  return {
    id: "cluster/failover-off",
    kind: "failover-off",
    node: null,
    title: "blocking failover",
    reason,
    commands: [setClusterFailover("off")],
    guard: "the preflight passes",
    verify: "the command ends with 0; where cluster-status or etcd shows it, it is read back",
    timeout: spec.timeouts.failover,
  };
}

/** Somebody takes over again when the leader fails: whoever turned it off owes this, on every way out. */
export function failoverOn(spec: UpgradeSpec, reason: string): Step {
  return {
    id: "cluster/failover-on",
    kind: "failover-on",
    node: null,
    title: "allowing failover",
    reason,
    commands: [setClusterFailover("on")],
    guard: "no node is between installation and rejoin",
    verify: "the command ends with 0; where cluster-status or etcd shows it, it is read back",
    timeout: spec.timeouts.failover,
  };
}
