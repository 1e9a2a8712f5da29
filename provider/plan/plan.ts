import type { Hop } from "../cluster/hop";
import type { Refusal } from "./refusal";

export { merged, type Refusal, refusalLine, refusalText, refuse } from "./refusal";

/** Kinds of a Chef Backend upgrade's steps; the executor has one way to run each. */
export type StepKind =
  // Every procedure.
  | "stage"
  | "backup"
  | "verify"
  // Rolling, and what others have of it.
  | "failover-off"
  | "install"
  | "finish-install"
  | "upgrade"
  | "upgrade-with-failover"
  | "upgrade-again"
  | "rejoin"
  | "failover-on-for-leader"
  | "await-leader"
  | "failover-on"
  // Downtime.
  | "install-only"
  | "down"
  | "start-upgrade"
  | "await-upgrades"
  | "healthy"
  // The search index.
  | "stop-search"
  | "delete-index"
  | "start-search"
  | "reindex-test"
  | "reindex"
  // Frontends.
  | "close-frontend"
  | "open-frontend"
  | "reconfigure-frontend"
  | "stop-frontend"
  | "install-frontend"
  | "migration-level"
  | "upgrade-frontend"
  | "start-frontend"
  | "test-frontend"
  | "verify-frontend"
  | "cleanup-frontend"
  | "drain-frontend"
  | "undrain-frontend"
  | "reconfigure-addon";

/** One step of a procedure, by default of a Chef Backend upgrade. Plain JSON. */
export interface Step<Kind extends string = StepKind> {
  /** For example `backend-2/upgrade`, or `cluster/failover-off`. */
  readonly id: string;
  readonly kind: Kind;
  /** The node on which the commands run; null for what runs on all or none. */
  readonly node: string | null;
  /** Present tense, for the display: "installing chef-backend 2.3.16". */
  readonly title: string;
  readonly reason: string;
  readonly commands: readonly (readonly string[])[];
  /** What must hold in a fresh observation before it starts. */
  readonly guard: string;
  /** What must hold in fresh observations for it to be done. */
  readonly verify: string;
  /** Seconds. */
  readonly timeout: number;
}

/** What the plans of all systems have: what is left to be done in order, and what forbids it. */
export interface Planned<Kind extends string = string> {
  readonly steps: readonly Step<Kind>[];
  /** What forbids the steps; without steps, what would forbid any. */
  readonly refusals: readonly Refusal[];
}

/**
 * Whether a refusal may be about our own unfinished step, with its job still at work: then a preview warns of it, and
 * the run waits for the job's end.
 */
export function mayBeOurs({ waitable }: Refusal, owed: readonly string[]): boolean {
  return owed.length > 0 && waitable > 0;
}

/** What will happen to one node, for people. */
export interface NodePlan {
  readonly name: string;
  readonly role: string;
  readonly installed: string;
  readonly running: string;
  readonly desired: string;
  /** Place in the order, from 1; null when nothing happens to it. */
  readonly order: number | null;
  readonly does: string;
  readonly because: string;
}

/** A hop as a preview shows it. */
export interface HopPlan extends Hop {
  /** What is out of service meanwhile, as a sentence; null when somebody serves throughout. */
  readonly downtime: string | null;
}

/** What a run would do, from one observation. Plain JSON: nothing in it is a clock, a socket or a secret. */
export interface Plan extends Planned<StepKind> {
  readonly from: string;
  readonly to: string;
  /** What is left of the way; `steps` belong to the first. */
  readonly hops: readonly HopPlan[];
  readonly nodes: readonly NodePlan[];
  readonly frontends: readonly NodePlan[];
  readonly warnings: readonly string[];
  /** What an earlier run left to be mended: "failover is off". */
  readonly owed: readonly string[];
}
