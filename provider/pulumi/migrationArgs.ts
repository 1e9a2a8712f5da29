import type * as pulumi from "@pulumi/pulumi";
import type { Connection, Node, PackageFile } from "./args";

/** The system that is left: a Chef server 12 with DRBD and keepalived. */
export interface MigrationSource {
  /** The two backends. They are looked at, and nothing else. */
  backends: pulumi.Input<pulumi.Input<Node>[]>;
  /** All frontends. The backup is made on the first one; all of them are closed for the final copy. */
  frontends: pulumi.Input<pulumi.Input<Node>[]>;
  /** Path of knife on the first frontend. Default `/opt/opscode/embedded/bin/knife`. */
  knife?: pulumi.Input<string>;
}

/** The fresh machines that become the new frontends. */
export interface MigrationFrontends {
  /** One or more. The first one is configured alone before the others, and restores the data. */
  nodes: pulumi.Input<pulumi.Input<Node>[]>;
  /** The release that they get: `15.9.38`. */
  version: pulumi.Input<string>;
  /** The package of chef-server-core `version`. */
  packageFile: pulumi.Input<PackageFile>;
  /** Accept the product's license, which 13 and later ask for. Default false. */
  acceptLicense?: pulumi.Input<boolean>;
  /** The build of chef-server-core whose failed scripts are accepted, as `acceptFailedScripts`: `15.9.38-1`. Default none. */
  acceptFailedScripts?: pulumi.Input<string>;
  /** Path of knife on the first one. Default `/opt/opscode/embedded/bin/knife`. */
  knife?: pulumi.Input<string>;
}

/** In seconds. Whoever waits longer stops with an error; what runs on the machines is left alone. */
export interface MigrationTimeoutArgs {
  /** One package installation. Default 900. */
  install?: pulumi.Input<number>;
  /** Bringing the packages onto the machines. Default 3600. */
  stage?: pulumi.Input<number>;
  /** Waiting for a package manager that is busy with something else. Default 300. */
  packageLock?: pulumi.Input<number>;
  /** `reconfigure`, `start` or `stop` of one frontend, until it answers. Default 900. */
  services?: pulumi.Input<number>;
  /** `create-cluster` or `join-cluster` of one backend, until the cluster is healthy. Default 1800. */
  cluster?: pulumi.Input<number>;
  /** `knife tidy server report`. Default 3600. */
  report?: pulumi.Input<number>;
  /** One `knife ec backup`. Default 14400. */
  backup?: pulumi.Input<number>;
  /** Moving the backup, packed, from the old frontend to the new one. Default 14400. */
  transfer?: pulumi.Input<number>;
  /** `knife ec restore`. Default 43200. */
  restore?: pulumi.Input<number>;
  /** How old the new nodes' view of each other can be, at least: what their chef-backend.rb says counts, too. Default 0. */
  statusInterval?: pulumi.Input<number>;
}

export interface ChefBackendMigrationArgs {
  /** The version of Chef Backend that the new cluster gets: 2.0.0 or later. */
  version: pulumi.Input<string>;
  /** Three fresh machines. The first one creates the cluster, the others join it. */
  nodes: pulumi.Input<pulumi.Input<Node>[]>;
  frontends: pulumi.Input<MigrationFrontends>;
  source: pulumi.Input<MigrationSource>;
  /** Shared by all machines, old and new. */
  connection?: pulumi.Input<Connection>;
  /** The package of chef-backend `version`. */
  packageFile: pulumi.Input<PackageFile>;
  /**
   * Text of `/etc/chef-backend/chef-backend.rb` for all new backends (`vip`, …); each one's `publish_address` is added.
   * Default: the file lies there already.
   */
  backendConfig?: pulumi.Input<string>;
  /** The version for which the old system may be stopped, the same as `version`. Default: for none, so that it is refused. */
  allowDowntime?: pulumi.Input<string>;
  /**
   * The build of the package whose failed scripts are accepted, with its iteration: `2.3.16-1`. For rpm: without it nothing
   * goes on with a package whose own script has failed. Default none.
   */
  acceptFailedScripts?: pulumi.Input<string>;
  /** Everything up to the comparison, while the old system serves. Default false. */
  rehearse?: pulumi.Input<boolean>;
  /** Ask `knife tidy` on the old server what need not be moved. Default true. */
  tidy?: pulumi.Input<boolean>;
  /** Id of the run whose lock is broken, as the refusal names it. A job of it that runs is waited for. Default none. */
  breakLock?: pulumi.Input<string>;
  /** Machines with unfinished work that do not exist any more, by the ids that the refusal prints. Default none. */
  goneMachines?: pulumi.Input<pulumi.Input<string>[]>;
  timeouts?: pulumi.Input<MigrationTimeoutArgs>;
}
