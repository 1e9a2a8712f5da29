/* eslint-disable @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type */
import type * as pulumi from "@pulumi/pulumi";
import type { Attempt, LastUpgrade } from "../report/outputs";
import type { AsOutputs } from "./ChefResource";
import { ChefResource } from "./ChefResource";
import type { EnterpriseChefClusterArgs } from "./enterpriseArgs";

const inputs: Record<keyof EnterpriseChefClusterArgs, undefined> = {
  version: undefined,
  nodes: undefined,
  frontends: undefined,
  connection: undefined,
  packageFile: undefined,
  backupReference: undefined,
  allowDowntime: undefined,
  acceptFailedScripts: undefined,
  upgradeAttempts: undefined,
  cleanup: undefined,
  breakLock: undefined,
  goneMachines: undefined,
  timeouts: undefined,
};

const outputs: Record<
  Exclude<keyof EnterpriseChefCluster, keyof pulumi.CustomResource | keyof EnterpriseChefClusterArgs>,
  undefined
> = {
  versions: undefined,
  master: undefined,
  drbd: undefined,
  healthy: undefined,
  frontendHealth: undefined,
  attempts: undefined,
  installLogs: undefined,
  lastUpgrade: undefined,
  cleanedUp: undefined,
};

/**
 * Private Chef or Enterprise Chef 11 in high availability: two backends with DRBD and keepalived, and frontends.
 * Creating it adopts what runs; `version` upgrades it by the vendor's procedure, with downtime; destroying it forgets
 * it and touches nothing.
 */
export class EnterpriseChefCluster extends ChefResource {
  /** By machine: the release that the package manager has installed, `none`, or `unknown`. */
  declare readonly versions: pulumi.Output<Record<string, string>>;
  /** Name of the active backend; empty when not exactly one says that it is. */
  declare readonly master: pulumi.Output<string>;
  /** By backend: `Connected Primary/Secondary UpToDate/UpToDate`. */
  declare readonly drbd: pulumi.Output<Record<string, string>>;
  /** Whether everything runs that should, one backend is active and DRBD is in sync, as far as all machines could be read. */
  declare readonly healthy: pulumi.Output<boolean>;
  /** By frontend: `healthy`, or what does not run. */
  declare readonly frontendHealth: pulumi.Output<Record<string, string>>;
  /** The input, as it was given. */
  declare readonly backupReference: pulumi.Output<string>;
  /** Every `private-chef-ctl upgrade` of the primary backend in the last upgrade, with its seconds. */
  declare readonly attempts: pulumi.Output<Attempt[]>;
  /** By machine: the file there that has what the package manager printed in the last upgrade. */
  declare readonly installLogs: pulumi.Output<Record<string, string>>;
  /** The last upgrade that this resource completed; null before the first. Times in ISO 8601 and seconds. */
  declare readonly lastUpgrade: pulumi.Output<LastUpgrade | null>;
  /** The version whose old data `cleanup` has destroyed; empty before. */
  declare readonly cleanedUp: pulumi.Output<string>;

  constructor(name: string, args: EnterpriseChefClusterArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      { typeName: "EnterpriseChefCluster", handlers: "enterpriseChefCluster", inputs, outputs },
      name,
      args,
      opts,
    );
  }
}

/** Its inputs, as outputs: the constructor makes them all. */
export interface EnterpriseChefCluster extends AsOutputs<EnterpriseChefClusterArgs> {}
