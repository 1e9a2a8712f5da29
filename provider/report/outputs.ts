/*
 * What the resources say to programs. These are part of the package's public types: plain, without imports, so that a
 * program needs neither our dependencies' types nor a newer TypeScript than Pulumi's own.
 */

/** Whether Chef Backend moves the leadership by itself when the leader is lost. */
export type Failover = "on" | "off" | "unknown";

/** One row of `chef-backend-ctl cluster-status`, by its documented columns; further ones under `extra`. */
export interface ClusterRow {
  readonly name: string;
  readonly ip: string;
  readonly guid: string;
  /** `leader`, `follower`, `waiting_for_leader`, … */
  readonly role: string;
  readonly pg: string;
  readonly es: string;
  /** Columns beyond the documented ones, by their lower-cased header. */
  readonly extra: Readonly<Record<string, string>>;
}

/** A backup that a run has made: no way back, a restore makes a new cluster. */
export interface Backup {
  readonly node: string;
  readonly file: string;
  readonly bytes: number;
  /** ISO 8601, by the clock of who runs the upgrade. */
  readonly made: string;
}

export interface LastUpgrade {
  readonly from: string;
  readonly to: string;
  /** ISO 8601. */
  readonly started: string;
  readonly finished: string;
  /** Seconds by step, in their order. */
  readonly steps: readonly { readonly step: string; readonly seconds: number }[];
}

/** One `private-chef-ctl upgrade` of the primary backend whose end was seen by the run that waited for it. */
export interface Attempt {
  readonly node: string;
  /** From 1, in the order of all runs of one upgrade. */
  readonly attempt: number;
  /** For which it was waited: one that an earlier run had started took longer. */
  readonly seconds: number;
  readonly ended: "well" | "timed out" | "failed";
}

/** `migrated`: the data have moved and nothing is left to be done: everything else is ChefBackendCluster's. */
export type Phase = "nothing" | "unfinished" | "rehearsed" | "migrated";

/** Where clients, the load balancer or DNS go for one frontend. */
export interface FrontendAddress {
  readonly fqdn: string;
  readonly addresses: readonly string[];
}

/** Objects of one kind on both sides: a row of the table in the outputs. */
export interface CountRow {
  readonly organization: string;
  readonly kind: string;
  readonly old: number;
  readonly new: number;
}

/** A file on a machine. */
export interface Archive {
  readonly node: string;
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** A folder with the report of `knife tidy` on the old frontend. */
export interface TidyReport {
  readonly node: string;
  readonly folder: string;
  readonly files: readonly string[];
}

/** A run that came to its end. */
export interface LastMigration {
  readonly rehearsal: boolean;
  /** ISO 8601. */
  readonly started: string;
  readonly finished: string;
}
