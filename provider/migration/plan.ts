import type { Planned, Refusal, Step } from "../plan/plan";

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
  /** What may go wrong, and forbids nothing. */
  readonly warnings: readonly string[];
}

/**
 * Whether a refusal may be about our own unfinished step, with its job still at work: a package manager is the only
 * thing here that a run waits for before it has begun.
 */
export function isOurs({ code }: Refusal, owed: readonly string[]): boolean {
  return owed.length > 0 && code === "packageLock";
}
