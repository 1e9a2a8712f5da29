/* eslint-disable @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type */
import type * as pulumi from "@pulumi/pulumi";
import type { Archive, CountRow, FrontendAddress, LastMigration, Phase, TidyReport } from "../report/outputs";
import type { AsOutputs } from "./ChefResource";
import { ChefResource } from "./ChefResource";
import type { ChefBackendMigrationArgs } from "./migrationArgs";

const inputs: Record<keyof ChefBackendMigrationArgs, undefined> = {
  version: undefined,
  nodes: undefined,
  frontends: undefined,
  source: undefined,
  connection: undefined,
  packageFile: undefined,
  backendConfig: undefined,
  allowDowntime: undefined,
  acceptFailedScripts: undefined,
  rehearse: undefined,
  tidy: undefined,
  breakLock: undefined,
  goneMachines: undefined,
  timeouts: undefined,
};

const outputs: Record<
  Exclude<keyof ChefBackendMigration, keyof pulumi.CustomResource | keyof ChefBackendMigrationArgs>,
  undefined
> = {
  phase: undefined,
  sourceFrontends: undefined,
  vip: undefined,
  frontendAddresses: undefined,
  durations: undefined,
  counts: undefined,
  differences: undefined,
  tidyReport: undefined,
  archive: undefined,
  lastMigration: undefined,
};

/**
 * The way out of DRBD: moves a highly available Chef server 12 to a new Chef Backend cluster, or rehearses that. The old
 * system is never changed, but for its frontends, which stay closed once everything has moved. Destroying the resource
 * forgets it and touches nothing.
 */
export class ChefBackendMigration extends ChefResource {
  /** `nothing`, `unfinished`, `rehearsed`, or `migrated`: from then on the new cluster is ChefBackendCluster's. */
  declare readonly phase: pulumi.Output<Phase>;
  /** By old frontend's name: `serving`, `closed` by us, or what it said. */
  declare readonly sourceFrontends: pulumi.Output<Record<string, string>>;
  /** The new cluster's own VIP; empty where its configuration names none. Clients go to the frontends. */
  declare readonly vip: pulumi.Output<string>;
  /** By new frontend's name: where DNS or the load balancer shall lead. */
  declare readonly frontendAddresses: pulumi.Output<Record<string, FrontendAddress>>;
  /** Seconds that each step took when it was last done. */
  declare readonly durations: pulumi.Output<{ step: string; seconds: number }[]>;
  /** Objects on both sides, by organization and kind; the server's own where the organization is empty. */
  declare readonly counts: pulumi.Output<CountRow[]>;
  /** Rows of `counts` in which something is missing, or too much, as sentences. */
  declare readonly differences: pulumi.Output<string[]>;
  /** Where the report of `knife tidy` lies; null without one. */
  declare readonly tidyReport: pulumi.Output<TidyReport | null>;
  /** What was restored, as it lies on the first new frontend; null before. */
  declare readonly archive: pulumi.Output<Archive | null>;
  /** The last run that came to its end; null before. Times in ISO 8601. */
  declare readonly lastMigration: pulumi.Output<LastMigration | null>;

  constructor(name: string, args: ChefBackendMigrationArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      { typeName: "ChefBackendMigration", handlers: "chefBackendMigration", inputs, outputs },
      name,
      args,
      opts,
    );
  }
}

/** Its inputs, as outputs: the constructor makes them all. */
export interface ChefBackendMigration extends AsOutputs<ChefBackendMigrationArgs> {}
