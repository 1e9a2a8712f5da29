/** How long things take in the simulated cluster. All in simulated seconds; every value can be changed. */
export interface Timings {
  /** A control command that only reads or sets a key. */
  control: number;
  /** Unpacking the package, and configuring it (its postinst script included). */
  unpack: number;
  configure: number;
  /** `upgrade`: reconfigure, stop the services, start the services. */
  reconfigure: number;
  stopServices: number;
  startServices: number;
  /** From the services' start until PostgreSQL has caught up with the leader. The first 40 % of it the node
   * waits for the leader, then it is a follower that syncs. */
  catchUp: number;
  /** The same for a leader that stepped down without a restart. */
  catchUpAfterStepDown: number;
  /** How long a leader that stepped down is called a deposed leader. */
  deposedLeader: number;
  /** `upgrade` gives up verifying the rejoin after this. */
  verifyTimeout: number;
  /** Between the loss of a leader (or its lease) and the next one's election. */
  election: number;
  /** The leader's lease; null: 10 s, 30 s since 1.2.5 (vendor's release notes). */
  leaderTtl: number | null;
  /** From Elasticsearch's start until the node is in the search cluster, and then until the shards are back. */
  elasticsearchJoin: number;
  shardRecovery: number;
  /** Services down for this long when a maintainer script restarts them. */
  scriptRestart: number;
  /** leaderl: how often a node looks at itself, and how often it posts what it saw (vendor's reference). */
  statusInternalUpdateInterval: number;
  statusPostUpdateInterval: number;
  /** `chef-backend-ctl backup`. */
  backup: number;
  /** A frontend: its services' stop and start, `chef-server-ctl upgrade`, `reindex -a`, `cleanup` and `backup`. */
  frontendStop: number;
  frontendStart: number;
  frontendUpgrade: number;
  /** `chef-server-ctl test`. */
  smokeTest: number;
  reindex: number;
  frontendCleanup: number;
  frontendBackup: number;
  /** Enterprise Chef: `private-chef-ctl upgrade` of a backend, and after how long it times out where it does. */
  enterpriseUpgrade: number;
  enterpriseUpgradeTimeout: number;
  /** From keepalived's start or stop until `current_cluster_status` says who is master. */
  keepalivedSettle: number;
  /** `create-cluster` and `join-cluster` until the services are started; a frontend's first `reconfigure`. */
  setUp: number;
  frontendSetUp: number;
  /** `knife ec backup` and `knife ec restore` of everything. */
  knifeBackup: number;
  knifeRestore: number;
  /** A machine's reboot. */
  reboot: number;
}

/** An `upgrade` of about a minute, leaderl's documented intervals. */
export const defaultTimings: Timings = {
  control: 1,
  unpack: 12,
  configure: 5,
  reconfigure: 10,
  stopServices: 5,
  startServices: 8,
  catchUp: 25,
  catchUpAfterStepDown: 5,
  deposedLeader: 8,
  verifyTimeout: 600,
  election: 2,
  leaderTtl: null,
  elasticsearchJoin: 10,
  shardRecovery: 20,
  scriptRestart: 4,
  statusInternalUpdateInterval: 5,
  statusPostUpdateInterval: 10,
  backup: 90,
  frontendStop: 6,
  frontendStart: 12,
  frontendUpgrade: 60,
  smokeTest: 55,
  reindex: 120,
  frontendCleanup: 10,
  frontendBackup: 5,
  enterpriseUpgrade: 120,
  enterpriseUpgradeTimeout: 600,
  keepalivedSettle: 30,
  setUp: 60,
  frontendSetUp: 90,
  knifeBackup: 120,
  knifeRestore: 240,
  reboot: 60,
};
