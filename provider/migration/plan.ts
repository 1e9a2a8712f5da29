import type { Planned } from "../plan/plan";
import type { Step } from "../plan/plan";

/** Kinds of steps; the executor has one way to run each. */
export type MigrationKind =
  | "stage"
  | "tidy-report"
  // The new cluster.
  | "install"
  | "config"
  | "create"
  | "join"
  // Its frontends.
  | "server-config"
  | "reconfigure"
  // One copy of the data.
  | "close"
  | "open"
  | "backup"
  | "archive"
  | "transfer"
  | "unpack"
  | "restore"
  | "backup-again"
  | "compare"
  | "remove-copies"
  | "finish";

export type MigrationStep = Step<MigrationKind>;

/** What a run would do, from one observation. Plain JSON. */
export interface MigrationPlan extends Planned<MigrationKind> {
  readonly steps: readonly MigrationStep[];
  /** What is out of service, and from when to when, as a sentence; null when nothing is. */
  readonly downtime: string | null;
  /** What an earlier run has left to be finished. */
  readonly owed: readonly string[];
}
