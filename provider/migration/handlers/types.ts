import type { Turn } from "../../handlers/turn";
import type { CountRow } from "../counts";
import type { MigrationInputs } from "../inputs";
import type { Archive, TidyReport } from "../record";
import type { Phase, FrontendAddress, LastMigration } from "../../report/outputs";

export type { Phase } from "../../report/outputs";

/** The program's inputs, and what `check` has added to them. A key is missing where there is nothing to say. */
export type CheckedMigration = MigrationInputs & {
  /** What is left to be done, in its order; one line for each step. */
  readonly planned?: readonly string[];
  /** What is out of service meanwhile. */
  readonly downtime?: string;
  /** What an earlier run left to be finished. */
  readonly unfinished?: readonly string[];
  /** The data have moved: there is nothing to look at any more. */
  readonly __over?: boolean;
} & Turn;

/** What the resource says of the migration. */
export interface MigrationOutputs {
  readonly phase: Phase;
  /** By old frontend's name: `serving`, `closed` by us, or what it said. */
  readonly sourceFrontends: Readonly<Record<string, string>>;
  /** The new cluster's own VIP; empty where its configuration names none. Clients go to the frontends. */
  readonly vip: string;
  /** By new frontend's name: where clients, the load balancer or DNS go. */
  readonly frontendAddresses: Readonly<Record<string, FrontendAddress>>;
  /** Seconds that each step took when it was last done. */
  readonly durations: readonly { readonly step: string; readonly seconds: number }[];
  /** Objects on both sides, by organization and kind; the server's own where the organization is empty. */
  readonly counts: readonly CountRow[];
  /** Rows in which something is missing, or too much, as sentences. */
  readonly differences: readonly string[];
  readonly tidyReport: TidyReport | null;
  /** What was restored, as it lies on the first new frontend. */
  readonly archive: Archive | null;
  readonly lastMigration: LastMigration | null;
}

export type MigrationProperties = CheckedMigration & MigrationOutputs;
