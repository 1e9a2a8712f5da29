import type { Refusal } from "../plan/plan";
import type { MigrationRecord } from "./record";
import type { MigrationSpec } from "./spec";
import type { MigrationState } from "./state";

/** One thing that forbids a migration: none, or one refusal for each place where it stands in the way. */
export type Rule = (spec: MigrationSpec, state: MigrationState, record: MigrationRecord | null) => Refusal[];
