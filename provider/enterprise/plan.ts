import type { NodePlan, Planned, Step } from "../plan/plan";

/** Kinds of steps; the executor has one way to run each. */
export type EnterpriseKind =
  | "stage"
  | "reconfigure"
  | "stop"
  | "stop-keepalived"
  | "await-master"
  | "install"
  | "upgrade-primary"
  | "copy-config"
  | "upgrade"
  | "settle-keepalived"
  | "start"
  | "verify"
  | "cleanup";

/** A step on one machine, or on several side by side. Plain JSON. */
export interface EnterpriseStep extends Step<EnterpriseKind> {
  /** Where its commands run; none for what only looks. */
  readonly nodes: readonly string[];
}

/** What a run would do, from one observation. Plain JSON. */
export interface EnterprisePlan extends Planned<EnterpriseKind> {
  readonly steps: readonly EnterpriseStep[];
  readonly from: string;
  readonly to: string;
  /** In the order of the inputs. */
  readonly machines: readonly NodePlan[];
  /** What goes down, in its order, as sentences; empty when nothing does. */
  readonly downtime: readonly string[];
  /** What is destroyed, as a sentence; null when nothing is. */
  readonly destroys: string | null;
  readonly warnings: readonly string[];
  /** What an earlier run has left to be finished. */
  readonly owed: readonly string[];
}
