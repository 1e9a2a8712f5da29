import type { ServiceName } from "./cluster/services";

/** What a package's maintainer script (postinst) does with the services. */
export type MaintainerScript = "none" | "restart" | "stop" | "fail" | RpmScriptFailure;

/** Other scripts of an rpm than %post that fail; the last two are the old release's. */
export type RpmScriptFailure = "fail pre" | "fail posttrans" | "fail preun" | "fail postun";

/** A command prints this message and exits with this status. */
export interface Failure {
  code: number;
  message: string;
}

/**
 * What a command prints in place of its own words: a text, bytes, so many bytes of lines, or a message on standard
 * error, with an exit status.
 */
export type Printed = string | Uint8Array | number | Failure;

/** What runit says of a service that it does not just run. */
export type RunitTrouble = "no supervise" | "no folder" | "finish" | "want up";

/** What a backend can see of its disk's replication that is not healthy. */
export type DrbdFault =
  | "WFConnection"
  | "StandAlone"
  | "SyncSource"
  | "SyncTarget"
  | "Inconsistent"
  | "DUnknown"
  /** The kernel module is not loaded. */
  | "missing";

/** Who is master and who backup where it is not as it should be; with `for good` the documented dance does not help. */
export type KeepalivedFault = `${"both master" | "both backup" | "swapped"}${"" | " for good"}`;

/**
 * What `upgrade` does where nobody leads: waits for the rejoin once the services are started (`timings.verifyTimeout`); ends
 * with 0 then; or, unless it is for this node to lead, waits as long before it starts more than etcd and leaderl.
 */
export type UpgradeAlone = "blocks" | "returns" | "waits";

/**
 * Everything that can be made to go wrong on one node, settable at any time:
 * `sim.switches("backend-2").rejoinFails = "waiting_for_leader"`. A change takes effect at once.
 */
export interface NodeSwitches {
  /** `upgrade` ends with 0 as soon as the services are started, before the node has rejoined. */
  upgradeReturnsEarly: boolean;
  /** In place of the cluster's own `upgradeAlone`. */
  upgradeAlone: UpgradeAlone | null;
  /** `upgrade` prints `message` and exits with `code`: before it touches a service, or after the restart. */
  upgradeFails: (Failure & { afterRestart?: boolean }) | null;
  /** `upgrade` hangs (until switched off): before it touches a service, or after the restart. */
  upgradeHangs: boolean | "before-restart" | "after-restart";
  /** What `upgrade --failover` does on a node that is not the leader. */
  failoverOnNonLeader: "error" | "plain-upgrade";
  /** The node never gets beyond waiting for the leader, with or without `partially_synced`. */
  rejoinFails: false | "waiting_for_leader" | "partially_synced";
  /** leaderl calls this node's role so, whatever it is: `initializing`, or a word that nobody knows. */
  role: string | null;
  /** Seconds added to each catch-up. */
  rejoinSlow: number;
  /** By command, such as `upgrade`: it asks this, and goes on asking whoever does not answer. */
  asks: Partial<Record<string, string>>;
  /** So many `upgrade`s more fail over where they are told to, restart nothing, and end with 0. */
  upgradeRestartsNothing: number;
  /** The next `upgrade` forgets this service, which goes on with its old build, and ends with 0. */
  upgradeSpares: ServiceName | null;
  /** So many `upgrade`s more leave Elasticsearch with its old settings, which the new one refuses, and end with 0. */
  upgradeKeepsSettings: number;
  /** A good `upgrade` leaves this service running, with its old start time. */
  serviceNotRestarted: ServiceName | null;
  /** Overrides what the package file says. */
  maintainerScript: MaintainerScript | null;
  /** Installing exits with this before anything is unpacked. */
  installFails: Failure | null;
  /** If the node is the leader when the package is installed, its PostgreSQL and leaderl go down. */
  installBreaksLeader: boolean;
  /** The administrator edited a configuration file which the package ships in a new version. */
  conffileEdited: boolean;
  /** `down-for-upgrade` prints this and exits, before it touches a service. */
  downFails: Failure | null;
  /** `chef-backend-ctl start` and `chef-server-ctl start` start nothing. */
  startFails: Failure | null;
  /** `chef-backend-ctl backup`: fails in the end, or goes on until switched off. */
  backupFails: Failure | null;
  backupHangs: boolean;
  /** Elasticsearch's data folder is a symbolic link to this path. */
  dataFolderLink: string | null;
  /** chef-backend.rb has them elsewhere than by default: Elasticsearch's data, its port, and the port of etcd's clients. */
  searchData: string | null;
  searchPort: number | null;
  etcdPort: number | null;
  /** `chef-server-ctl reconfigure` and `chef-backend-ctl reconfigure` fail in the end. */
  reconfigureFails: Failure | null;
  /** Its chef-server.rb has an external PostgreSQL without `use_chef_backend`: `reconfigure` asks for its release. */
  asksPostgres: boolean;
  /** `chef-server-ctl reindex` fails half-way. */
  reindexFails: Failure | null;
  /** `chef-server-ctl reindex` ends with 0 without a word, and the organizations are empty. */
  reindexFindsNothing: boolean;
  /** Organizations of which `chef-server-ctl reindex` indexes a part: it says so, and ends with 0. */
  reindexFailsFor: string[];
  /** Those of which it indexes a part, and says nothing of it. */
  reindexLosesOf: string[];
  /** The words with which the script within `reindex` gives up, which notices nothing: no organization is indexed, and 0. */
  reindexSays: string | null;
  /** `upgrade` of a frontend or of Enterprise Chef finds another one's lock: it does nothing, tells success, and 0. */
  upgradeLocked: boolean;
  /** `nginx['ssl_port']` of a frontend. */
  sslPort: number;
  /** A frontend reports to Chef Automate, which is up or down. */
  automate: "none" | "up" | "down";
  /** The example that fails in `chef-server-ctl test`. */
  smokeTestFails: string | null;
  /** Open Source Chef 11 lies on the machine, too: `chef-server-ctl upgrade` asks whether to take over its data. */
  openSourceServer: boolean;
  /** `chef-server-ctl upgrade` fails before the database is migrated. */
  frontendUpgradeFails: Failure | null;
  /** `reconfigure` of a frontend's add-on fails; and one of its services that is down, whatever starts it. */
  addonFails: Failure | null;
  addonDown: string | null;
  /** Enterprise Chef: `private-chef-ctl upgrade` times out so many times more. */
  upgradeTimesOut: number;
  /** Enterprise Chef: `private-chef-ctl cleanup` fails before it destroys anything. */
  cleanupFails: Failure | null;
  /** Enterprise Chef: this service stays down, whatever starts it. */
  serviceDown: string | null;
  /**
   * This service takes longer to stop, or on a frontend of a cluster to start, than runit waits: that ends with 1. On a frontend
   * of a cluster it is down, or up, a moment later.
   */
  stopTimesOut: string | null;
  startTimesOut: string | null;
  /** Enterprise Chef: old services that `status` shows down from the upgrade to 11 until `cleanup`, such as nagios. */
  leftovers: string[];
  /** Enterprise Chef: what the disks' replication looks like from this backend. */
  drbd: DrbdFault | null;
  /** Enterprise Chef: what the `upgrade` of this backend leaves of the pair's keepalived. */
  keepalivedAfterUpgrade: KeepalivedFault | null;
  /** `create-cluster` and `join-cluster` fail before the node belongs to a cluster. */
  setupFails: Failure | null;
  /** `knife ec backup` fails after its first organization; `knife ec restore` half-way through it. */
  knifeBackupFails: Failure | null;
  knifeRestoreFails: Failure | null;
  /** Objects that `knife ec backup|restore` leaves out, by their paths in the backup: without a word, or with a report. */
  knifeLoses: string[];
  knifeErrors: string[];
  /** Plugins that knife does not have: knife-ec-backup, knife-tidy. */
  knifeMissing: ("ec" | "tidy")[];
  /** Another process holds the package manager's lock. */
  packageLock: { pid: number; program: string } | null;
  /** The repositories of yum and dnf do not answer, as on a machine without a way out. */
  repositoriesDown: boolean;
  /**
   * Who has a say on the signature of a package file: nobody (yum's and dnf's default), the administrator (`wanted`, with
   * `localpkg_gpgcheck`), who has not imported Chef's key, or who has (`known`). zypper always asks for it.
   */
  signatures: "off" | "wanted" | "known";
  /** Seconds by which the node's clock is ahead. */
  clockDrift: number;
  /** Free KiB by path; each such path is a file system of its own. `/` is the rest. */
  diskFree: Record<string, number>;
  /** KiB of those file systems in all; 100 GiB where it is missing. */
  diskSize: Record<string, number>;
  /** Paths that programs do not find on this node although they are there. */
  hiddenFiles: string[];
  /**
   * By command, such as `status`, `status --simple` or `df`: what it prints in place of its own words. What it does,
   * it does.
   */
  prints: Partial<Record<string, Printed>>;
  /** runsvdir is dead: no service is supervised, and `upgrade` waits for ever before it restarts one. */
  runsvdirDead: boolean;
  /** What `status --simple` and its like say of a service, by its name. */
  runit: Partial<Record<string, RunitTrouble>>;
  /** Control commands exit with 1 and this message. */
  controlFails: string | null;
  /** Lines put into /etc/chef-backend/chef-backend.rb, such as a `postgresql.shmmax`. */
  configLines: string[];
  /** `leaderl.required_active_followers` of chef-backend.rb. */
  requiredFollowers: number;
}

/** Nothing goes wrong. */
export const quietSwitches = (): NodeSwitches => ({
  upgradeReturnsEarly: false,
  upgradeAlone: null,
  upgradeFails: null,
  upgradeHangs: false,
  failoverOnNonLeader: "error",
  rejoinFails: false,
  role: null,
  rejoinSlow: 0,
  asks: {},
  upgradeRestartsNothing: 0,
  upgradeKeepsSettings: 0,
  upgradeSpares: null,
  serviceNotRestarted: null,
  maintainerScript: null,
  installFails: null,
  installBreaksLeader: false,
  conffileEdited: false,
  downFails: null,
  startFails: null,
  backupFails: null,
  backupHangs: false,
  dataFolderLink: null,
  searchData: null,
  searchPort: null,
  etcdPort: null,
  reconfigureFails: null,
  asksPostgres: false,
  reindexFails: null,
  reindexFindsNothing: false,
  reindexFailsFor: [],
  reindexLosesOf: [],
  reindexSays: null,
  upgradeLocked: false,
  sslPort: 443,
  automate: "none",
  smokeTestFails: null,
  openSourceServer: false,
  frontendUpgradeFails: null,
  addonFails: null,
  addonDown: null,
  upgradeTimesOut: 0,
  cleanupFails: null,
  serviceDown: null,
  stopTimesOut: null,
  startTimesOut: null,
  leftovers: [],
  drbd: null,
  keepalivedAfterUpgrade: null,
  setupFails: null,
  knifeBackupFails: null,
  knifeRestoreFails: null,
  knifeLoses: [],
  knifeErrors: [],
  knifeMissing: [],
  packageLock: null,
  repositoriesDown: false,
  signatures: "off",
  clockDrift: 0,
  diskFree: { "/": 40 * 1024 * 1024 },
  diskSize: {},
  hiddenFiles: [],
  prints: {},
  runsvdirDead: false,
  runit: {},
  controlFails: null,
  configLines: [],
  requiredFollowers: 0,
});

/** Switches that call `changed` whenever one is set. */
export function watchedSwitches(changed: () => void): NodeSwitches {
  return new Proxy(quietSwitches(), {
    set(target, name, value) {
      Reflect.set(target, name, value);
      changed();
      return true;
    },
  });
}
