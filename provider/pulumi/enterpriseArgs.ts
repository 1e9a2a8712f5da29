import type * as pulumi from "@pulumi/pulumi";
import type { Connection, Node, PackageFile } from "./args";

/** The machines that answer clients. */
export interface EnterpriseFrontends {
  /** One or more, in any order: the first one is upgraded alone before the others. */
  nodes: pulumi.Input<pulumi.Input<Node>[]>;
}

/** In seconds. Whoever waits longer stops with an error; what runs on the machines is left alone. */
export interface EnterpriseTimeoutArgs {
  /** Bringing the package onto one machine. Default 3600. */
  stage?: pulumi.Input<number>;
  /** Waiting for a package manager that is busy with something else. Default 300. */
  packageLock?: pulumi.Input<number>;
  /** A package installation on one machine. Default 900. */
  install?: pulumi.Input<number>;
  /** One `private-chef-ctl upgrade`. Default 7200. */
  upgrade?: pulumi.Input<number>;
  /** `reconfigure`, `stop`, `start` or `cleanup` on one machine, and the services after it. Default 900. */
  services?: pulumi.Input<number>;
  /** Keepalived that settles: looked at every 15 s, or 40 times in it where that is more often. Default 600. */
  keepalived?: pulumi.Input<number>;
  /** Copying `/etc/opscode` from one machine to another. Default 300. */
  copy?: pulumi.Input<number>;
}

export interface EnterpriseChefClusterArgs {
  /** The version that every machine shall have: `11.3.2`, or with the package's iteration `11.3.2-1`. */
  version: pulumi.Input<string>;
  /** The two backends, in any order: which one is the bootstrap backend is read from them. */
  nodes: pulumi.Input<pulumi.Input<Node>[]>;
  frontends?: pulumi.Input<EnterpriseFrontends>;
  /** Shared by all machines. */
  connection?: pulumi.Input<Connection>;
  /** The package of the wanted version, for all machines; needed as soon as one has another. */
  packageFile?: pulumi.Input<PackageFile>;
  /** Where the backup is that you have made, in your words: kept in the outputs. There is no way back without it. */
  backupReference: pulumi.Input<string>;
  /** The version for which downtime is allowed, the same as `version`. Default: for none, so that it is refused. */
  allowDowntime?: pulumi.Input<string>;
  /**
   * The build of the package whose failed scripts are accepted, with its iteration: `11.3.2-1`. For rpm: without it nothing
   * goes on with a package whose own script has failed. Default none.
   */
  acceptFailedScripts?: pulumi.Input<string>;
  /** How often `private-chef-ctl upgrade` is run on the primary backend while it times out. Default 5. */
  upgradeAttempts?: pulumi.Input<number>;
  /** Destroy what the upgrade has left of the release before, in a later `pulumi up`. Default false. */
  cleanup?: pulumi.Input<boolean>;
  /** Id of the run whose lock is broken, as the refusal names it. A job of it that runs is waited for. Default none. */
  breakLock?: pulumi.Input<string>;
  /** Machines with unfinished work that do not exist any more, by the ids that the refusal prints. Default none. */
  goneMachines?: pulumi.Input<pulumi.Input<string>[]>;
  timeouts?: pulumi.Input<EnterpriseTimeoutArgs>;
}
