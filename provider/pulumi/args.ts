import type * as pulumi from "@pulumi/pulumi";

/** How to log in to a host. Names and meanings are those of `@pulumi/command`'s remote connection. */
export interface Login {
  /** Default 22. */
  port?: pulumi.Input<number>;
  /** Default `root`. */
  user?: pulumi.Input<string>;
  /** Secret. Tried once. */
  password?: pulumi.Input<string>;
  /** The text of the key, not its path. Secret. */
  privateKey?: pulumi.Input<string>;
  /** Passphrase of `privateKey`. Secret. */
  privateKeyPassword?: pulumi.Input<string>;
  /** Socket of an SSH agent. Default: `SSH_AUTH_SOCK`, if neither password nor private key is given. */
  agentSocketPath?: pulumi.Input<string>;
  /** The host's public key (`ssh-ed25519 AAAA…`): the only one accepted, whatever `knownHosts` says. */
  hostKey?: pulumi.Input<string>;
  /** Dials that may fail before giving up; -1 is no limit. Default 10. */
  dialErrorLimit?: pulumi.Input<number>;
  /** Seconds for one dial; 0 is no limit. Default 15. */
  perDialTimeout?: pulumi.Input<number>;
}

/** A bastion to go through. */
export interface Proxy extends Login {
  host: pulumi.Input<string>;
}

/** How to reach the machines and become root there. */
export interface Connection extends Login {
  /** Content of a known_hosts file. Default: `~/.ssh/known_hosts` of whoever runs Pulumi. */
  knownHosts?: pulumi.Input<string>;
  /** Accept any host key: the one way out of verification. Warns each time. Default false. */
  insecureIgnoreHostKey?: pulumi.Input<boolean>;
  proxy?: pulumi.Input<Proxy>;
  /** Become root with sudo. Default false. */
  sudo?: pulumi.Input<boolean>;
  /** What sudo asks for. Secret. Tried once. */
  sudoPassword?: pulumi.Input<string>;
}

/** One backend or frontend; its connection fields override the shared ones. */
export interface Node extends Connection {
  /** The machine's own name or address, never the VIP or the load balancer's. */
  host: pulumi.Input<string>;
  /** What it is called in outputs and messages. Default: the host, with its port where hosts alone are equal. */
  name?: pulumi.Input<string>;
}

/** A package: exactly one of `path`, `source` and `url`. */
export interface PackageFile {
  /** Absolute path on every node, where it lies already. */
  path?: pulumi.Input<string>;
  /** A file on this machine, uploaded to all nodes that need it side by side. */
  source?: pulumi.Input<string>;
  /** Downloaded by each node, with curl or wget. Needs `sha256`. */
  url?: pulumi.Input<string>;
  /** In hexadecimal; checked on every node. Required with `url`; with `source` it is computed when left out. */
  sha256?: pulumi.Input<string>;
}

/** What stands in front of the frontends. */
export interface LoadBalancer {
  /** Its name or address. */
  host: pulumi.Input<string>;
  /** Default 443. */
  port?: pulumi.Input<number>;
}

/**
 * How a frontend leaves the load balancer before it is taken out of service, and comes back: `command` with `undo`, `wait`, or all
 * of them. The lines run on the machine that runs Pulumi, under `/bin/sh`, with its environment and `FRONTEND` (the frontend's name)
 * and `FRONTEND_HOST` (its `host`) in it. Each may be run twice.
 */
export interface Drain {
  /** Takes `$FRONTEND` out. If it fails, the run stops before the frontend is stopped or closed. Limit: `timeouts.services`. */
  command?: pulumi.Input<string>;
  /** Puts `$FRONTEND` back, once it answers again. If it fails, the run stops, and the next one does it again. */
  undo?: pulumi.Input<string>;
  /** Seconds between `command` and the stop, for requests in flight. Without `command`: time to drain it by hand. Default 0. */
  wait?: pulumi.Input<number>;
}

/** The Chef Infra Servers that use the cluster. */
export interface Frontends {
  /** One or more. They use the shared connection, as the backends do. */
  nodes: pulumi.Input<pulumi.Input<Node>[]>;
  /**
   * The release that every frontend shall have: `15.9.38`. They are upgraded after the backends, or before the hop whose
   * Elasticsearch their present release does not work with. Default: they are not upgraded, only reconfigured, closed and
   * reindexed where a procedure of the backends asks for it.
   */
  version?: pulumi.Input<string>;
  /** The package of chef-server-core `version`, needed as soon as a frontend has another. */
  packageFile?: pulumi.Input<PackageFile>;
  /** Accept the product's license, which 13 and later ask for. Default false. */
  acceptLicense?: pulumi.Input<boolean>;
  /**
   * The same as `version`: the search index is left as it is, where `version` is the first 14 or 15 and Chef asks for a reindex,
   * during which all frontends are out of service. Default: it is rebuilt, and `allowDowntime` has to name the version.
   */
  skipReindex?: pulumi.Input<string>;
  /** The build of chef-server-core whose failed scripts are accepted, as `acceptFailedScripts`: `15.9.38-1`. Default none. */
  acceptFailedScripts?: pulumi.Input<string>;
  /**
   * What clients reach the frontends by. Before the search index is deleted a backend asks it as a client: where that is
   * answered a frontend still serves, and nothing is deleted. Default: only the frontends are asked.
   */
  loadBalancer?: pulumi.Input<LoadBalancer>;
  /** After its upgrade each frontend has to pass `chef-server-ctl test`, about one or two minutes each. Default false. */
  smokeTest?: pulumi.Input<boolean>;
  /**
   * The same as `version`: `chef-server-ctl cleanup` destroys what the upgrade to it has left of the old data. To be
   * set in a later `up`, after people have tested and verified. Default: never.
   */
  cleanup?: pulumi.Input<string>;
  /** Take each frontend out of the load balancer before it is stopped or closed. Default: clients are cut off. */
  drain?: pulumi.Input<Drain>;
  /**
   * What becomes of Chef Manage, Push Jobs and Reporting after the upgrade of their frontend: `reconfigure` runs their own
   * `reconfigure`, `report` names in the preview what is left to do. Default `report`.
   */
  addons?: pulumi.Input<string>;
}

/** Limits in seconds, all optional. */
export interface TimeoutArgs {
  /** One package installation. Default 900. */
  install?: pulumi.Input<number>;
  /** One `chef-backend-ctl upgrade`. Default 1800. */
  upgrade?: pulumi.Input<number>;
  /** From the end of `upgrade` to the verified rejoin. Default 900. */
  rejoin?: pulumi.Input<number>;
  /** A rejoin, or an `upgrade` that waits for one, in all: as long as the data on its disk grow its own limit begins anew. Default 86400. */
  resync?: pulumi.Input<number>;
  /** Switching failover, and seeing it switched. Default 120. */
  failover?: pulumi.Input<number>;
  /** Bringing the package file onto the nodes. Default 3600. */
  stage?: pulumi.Input<number>;
  /** Waiting for a package manager that is busy with something else. Default 300. */
  packageLock?: pulumi.Input<number>;
  /** Waiting for a cluster that is not healthy between two nodes, though it was. Default 300. */
  healthy?: pulumi.Input<number>;
  /** `reconfigure`, `start` or `stop` of one machine's services, until they answer. Default 900. */
  services?: pulumi.Input<number>;
  /** `chef-server-ctl reindex` of everything. Default 14400: enough for about 100,000 nodes. */
  reindex?: pulumi.Input<number>;
  /**
   * How old the nodes' view of each other can be, at least: the sum of `status_internal_update_interval_seconds` and
   * `status_post_update_interval_seconds` of each backend's chef-backend.rb counts where it is more. Default 0: it alone.
   */
  statusInterval?: pulumi.Input<number>;
}

export interface ChefBackendClusterArgs {
  /** The version that every backend shall have: `2.3.16`, or with the package's iteration `2.3.16-1`. */
  version: pulumi.Input<string>;
  /** The three backends. */
  nodes: pulumi.Input<pulumi.Input<Node>[]>;
  /** Shared by all backends and frontends. */
  connection?: pulumi.Input<Connection>;
  /** The package of the wanted version; needed as soon as a backend has another. */
  packageFile?: pulumi.Input<PackageFile>;
  /**
   * Packages by version, for a way that takes several upgrades: `{ "2.3.16": { path }, "3.1.1": { path } }`. The
   * wanted version's may be here or in `packageFile`, not in both.
   */
  packageFiles?: pulumi.Input<Record<string, pulumi.Input<PackageFile>>>;
  /** Upgrade although failover is off and not by us; it is on afterwards. Default false. */
  takeOverFailover?: pulumi.Input<boolean>;
  /**
   * Seconds. When no sign of life has come from the run for so long, and the cluster is healthy, a backend turns
   * failover on by itself. 0 is off, else 30 or more. Default 300.
   */
  failoverGuard?: pulumi.Input<number>;
  /** Id of the run whose lock is broken, as the refusal names it. A job of it that runs is waited for. Default none. */
  breakLock?: pulumi.Input<string>;
  /**
   * Machines on which an earlier run left unfinished work, and that do not exist any more: by the ids that the refusal prints.
   * Default none.
   */
  goneMachines?: pulumi.Input<pulumi.Input<string>[]>;
  /** The version for which downtime is allowed, the same as `version`. Default: for none, so that it is refused. */
  allowDowntime?: pulumi.Input<string>;
  /**
   * The build of the package whose failed scripts are accepted, with its iteration: `2.3.16-1`. For rpm: without it nothing
   * goes on with a package whose own script has failed. Default none.
   */
  acceptFailedScripts?: pulumi.Input<string>;
  /** Back up a follower and a frontend's configuration before a procedure with downtime begins. Default true. */
  backup?: pulumi.Input<boolean>;
  /** Seconds for one backup. Default 600. */
  backupTimeout?: pulumi.Input<number>;
  /**
   * The version for which the search index is rebuilt, that of `version`: once, where an older Elasticsearch made the index. The
   * frontends are out of service meanwhile, so `allowDowntime` has to name it too. Default: never.
   */
  rebuildIndex?: pulumi.Input<string>;
  /** Short name of an organization that is reindexed alone, and searched, before all others. Default none. */
  reindexTestOrg?: pulumi.Input<string>;
  /**
   * Organizations that may stay with a part of their objects in the search index after a rebuild, each with the version as the
   * error prints it: `["acme@2.3.16"]`. Without it the frontends stay out of service until all are complete. Default none.
   */
  acceptPartialIndex?: pulumi.Input<pulumi.Input<string>[]>;
  /** Needed for what a procedure does on them: whatever takes the backends down or makes a new search index. */
  frontends?: pulumi.Input<Frontends>;
  timeouts?: pulumi.Input<TimeoutArgs>;
}
