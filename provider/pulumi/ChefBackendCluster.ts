/* eslint-disable @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type */
import type * as pulumi from "@pulumi/pulumi";
import type { Backup, ClusterRow, Failover, LastUpgrade } from "../report/outputs";
import type { ChefBackendClusterArgs } from "./args";
import type { AsOutputs } from "./ChefResource";
import { ChefResource } from "./ChefResource";

const inputs: Record<keyof ChefBackendClusterArgs, undefined> = {
  version: undefined,
  nodes: undefined,
  connection: undefined,
  packageFile: undefined,
  packageFiles: undefined,
  takeOverFailover: undefined,
  failoverGuard: undefined,
  breakLock: undefined,
  goneMachines: undefined,
  allowDowntime: undefined,
  acceptFailedScripts: undefined,
  backup: undefined,
  backupTimeout: undefined,
  rebuildIndex: undefined,
  reindexTestOrg: undefined,
  acceptPartialIndex: undefined,
  frontends: undefined,
  timeouts: undefined,
};

const outputs: Record<
  Exclude<keyof ChefBackendCluster, keyof pulumi.CustomResource | keyof ChefBackendClusterArgs>,
  undefined
> = {
  leader: undefined,
  installedVersions: undefined,
  runningVersions: undefined,
  failover: undefined,
  healthy: undefined,
  clusterStatus: undefined,
  machineIds: undefined,
  lastUpgrade: undefined,
  frontendVersions: undefined,
  frontendHealth: undefined,
  backups: undefined,
  recommendations: undefined,
};

/**
 * A Chef Backend cluster of three backends at a version, and its frontends. Creating it adopts what runs; changing
 * a version upgrades it by the vendor's procedure; destroying it forgets it and touches nothing.
 */
export class ChefBackendCluster extends ChefResource {
  /** Name of the leading node; empty when there is none. */
  declare readonly leader: pulumi.Output<string>;
  /** By node name: the version that the package manager has installed. */
  declare readonly installedVersions: pulumi.Output<Record<string, string>>;
  /** By node name: the version whose services run, `before 2.3.16`, or `unknown`. */
  declare readonly runningVersions: pulumi.Output<Record<string, string>>;
  declare readonly failover: pulumi.Output<Failover>;
  declare readonly healthy: pulumi.Output<boolean>;
  /** The rows of `chef-backend-ctl cluster-status`. */
  declare readonly clusterStatus: pulumi.Output<ClusterRow[]>;
  /** By GUID: `/etc/machine-id` of each backend when it was adopted. A copy of the cluster has the GUIDs, not these. */
  declare readonly machineIds: pulumi.Output<Record<string, string>>;
  /** The last upgrade that this resource completed; null before the first. Times in ISO 8601 and seconds. */
  declare readonly lastUpgrade: pulumi.Output<LastUpgrade | null>;
  /** By frontend's name: the installed release, `none`, or `unknown` of one that was never reached. */
  declare readonly frontendVersions: pulumi.Output<Record<string, string>>;
  /** By frontend's name: `pong` when `/_status` says that it is healthy, else what it said, or `unreachable`. */
  declare readonly frontendHealth: pulumi.Output<Record<string, string>>;
  /** Files made by the last upgrade that made some. Sizes in bytes, times in ISO 8601. */
  declare readonly backups: pulumi.Output<Backup[]>;
  /** What Chef recommends for the cluster as it is, such as a rebuild of the search index after 3.x; empty otherwise. */
  declare readonly recommendations: pulumi.Output<string[]>;

  constructor(name: string, args: ChefBackendClusterArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      { typeName: "ChefBackendCluster", handlers: "chefBackendCluster", inputs, outputs },
      name,
      args,
      opts,
    );
  }
}

/** Its inputs, as outputs: the constructor makes them all. */
export interface ChefBackendCluster extends AsOutputs<ChefBackendClusterArgs> {}
