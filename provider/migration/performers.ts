import type { MigrationKind, MigrationStep } from "./plan";
import type { MigrationRun } from "./run";

/** Runs, verifies and records a step of each kind. */
export type Performers = Record<MigrationKind, (run: MigrationRun, step: MigrationStep) => Promise<void>>;
