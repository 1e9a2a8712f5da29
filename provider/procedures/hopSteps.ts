import type { NodePlan, Refusal, Step } from "../plan/plan";
import type { UpgradeSpec } from "../plan/spec";

/** What a procedure makes of an observation: one hop's part of a plan. */
export interface HopSteps {
  readonly steps: readonly Step[];
  readonly nodes: readonly NodePlan[];
  /** Of frontends, where the procedure changes them; else they are left out. */
  readonly frontends?: readonly NodePlan[];
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
  readonly owed: readonly string[];
}

/** The last look, with which a hop is complete. */
export function verify(spec: UpgradeSpec): Step {
  return {
    id: "cluster/verify",
    kind: "verify",
    node: null,
    title: "verifying the cluster",
    reason: "the procedure's last step",
    commands: [],
    guard: "everything else of the procedure is done",
    verify: "one leader, green, n/n, nobody waiting, offline or syncing, in two readings",
    timeout: spec.timeouts.rejoin,
  };
}
