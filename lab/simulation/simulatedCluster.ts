import type { Backend } from "./cluster/backend";
import { Cluster } from "./cluster/cluster";
import { elasticsearchOf } from "./cluster/elasticsearch";
import { FrontendRecorder } from "./cluster/frontendRecorder";
import { Recorder, type OutOfService, type RiskyStop } from "./cluster/recorder";
import { SearchCluster } from "./cluster/search";
import { StatusBoard } from "./cluster/statusBoard";
import type { ColumnOptions } from "./columns";
import { emptyServer } from "./migration/sampleData";
import type { Frontend } from "./frontend";
import { answersPong } from "./frontendStatus";
import type { Machine } from "./machine";
import { newestRelease, Schema } from "./schema";
import { SimulatedMachines } from "./simulatedMachines";
import type { UpgradeAlone } from "./switches";
import type { SimulationOptions } from "./types";

/** The state of a simulated cluster with its frontends, and the truth about it (not what nodes publish). */
export abstract class SimulatedCluster extends SimulatedMachines {
  readonly columns: Partial<ColumnOptions>;
  /** Nothing was installed at the start: its files are those of `tree(node)`, and nothing else. */
  readonly fresh: boolean;
  /** The nodes of the cluster: all backends, where it was not fresh. */
  readonly members: Backend[];
  /** Secrets files that were given to a `join-cluster`. */
  readonly givenSecrets: { readonly node: string; readonly path: string }[] = [];
  /** The frontend whose first `reconfigure` made the database, where that was seen here. */
  bootstrappedBy: string | null = null;
  /** What the Chef server holds. */
  readonly data = emptyServer();
  readonly cluster: Cluster;
  readonly search: SearchCluster;
  readonly board: StatusBoard;
  readonly vip: string;
  /** The database schema that the frontends share. */
  readonly schema: Schema;
  /** What `upgrade` does where nobody leads, unless a node's own switch says otherwise. The documentation does not say. */
  upgradeAlone: UpgradeAlone = "blocks";
  readonly #organizations: readonly string[];
  /** What stands in front of the frontends; it may lead to one more than the simulation has, which serves. */
  balancer: { host: string; leadsElsewhere: boolean } | null = null;
  readonly #restored = new Set<string>();
  readonly #recorder: Recorder;
  readonly #clients: FrontendRecorder;
  #complete = false;

  constructor(options: SimulationOptions) {
    super(options);
    const { clock, random } = this;
    const changed = () => this.changed();
    this.columns = { ...options.columns };
    this.fresh = options.fresh ?? false;
    this.members = this.backends.filter(({ joined }) => joined);
    this.vip = options.vip ?? "192.168.33.220";
    this.#organizations = options.organizations ?? ["acme", "lab"];
    this.schema = new Schema(newestRelease(this.frontends.map((each) => each.upgradedTo)));
    for (const frontend of this.frontends)
      frontend.migrationLevel = this.schema.levelAtStart(frontend.upgradedTo);
    const member = (name: string | undefined, other: Backend | undefined) =>
      name === undefined ? (other ?? null) : this.backend(name);
    const leader = member(options.leader, this.members[0]);
    const master = member(options.elasticsearchMaster, this.members.at(-1));
    this.cluster = new Cluster(this.members, clock, this.timings, changed, leader);
    const { shardRecovery } = this.timings;
    const createdBy = this.fresh ? null : (options.indexCreatedBy ?? elasticsearchOf(options.version));
    const indexed = this.fresh ? [] : this.#organizations;
    this.search = new SearchCluster(this.members, clock, shardRecovery, changed, master, createdBy, indexed);
    this.board = new StatusBoard(this.cluster, this.search, clock, this.timings, this.backends, random);
    this.#recorder = new Recorder(this.cluster, this.search, clock);
    const pong = (frontend: Frontend) => answersPong(this, frontend);
    this.#clients = new FrontendRecorder(this.frontends, this.search, clock, pong);
    this.#complete = true;
    this.changed();
  }

  /** The Chef server's organizations. */
  get organizations(): readonly string[] {
    return this.fresh ? this.data.organizations : this.#organizations;
  }

  /** `knife ec restore` of these organizations begins there: what is on the server already should be of a restore. */
  restoreBegins(frontend: string, organizations: readonly string[]): void {
    const own = this.data.organizations.filter((name) => !this.#restored.has(name));
    if (own.length > 0)
      this.accidents.push(
        `${frontend}: knife ec restore ran into a server that has ${own.join(", ")} already`,
      );
    for (const name of organizations) this.#restored.add(name);
  }

  /** The leader's name; null when there is none. */
  get leader(): string | null {
    return this.cluster.leader?.name ?? null;
  }

  /** Where `set-cluster-failover` stands. */
  get failover(): boolean {
    return this.cluster.failover;
  }

  /** Backends that are out of service now: services down, not rejoined, PostgreSQL behind, no Elasticsearch. */
  outOfService(): string[] {
    return this.#recorder.outOfService();
  }

  /** The most backends that were out of service at once since the start. */
  get maxOut(): number {
    return this.#recorder.maxOut;
  }

  get outIntervals(): readonly OutOfService[] {
    return this.#recorder.intervals;
  }

  /** Services that went down while another backend was out or shards were being put back. */
  get riskyStops(): readonly RiskyStop[] {
    return this.#recorder.riskyStops;
  }

  /** Simulated seconds without a leader that answers, since the start. */
  get leaderlessSeconds(): number {
    return this.#recorder.leaderlessSeconds();
  }

  /** Simulated seconds during which a frontend was open to clients while the search index was gone or incomplete. */
  get emptySearchSeconds(): number {
    return this.#clients.emptySearchSeconds();
  }

  /** Simulated seconds during which no frontend answered `/_status` with pong. */
  get unansweredSeconds(): number {
    return this.#clients.unansweredSeconds();
  }

  /** After all backends had been stopped at once nobody is elected by itself, until this is set to false. */
  get noLeaderAfterFullStop(): boolean {
    return this.cluster.noLeaderAfterFullStop;
  }

  set noLeaderAfterFullStop(on: boolean) {
    this.cluster.noLeaderAfterFullStop = on;
    this.changed();
  }

  /** One leader, everybody in, green. */
  get healthy(): boolean {
    return this.cluster.led && this.outOfService().length === 0 && this.search.colour === "green";
  }

  /** The addresses that a machine carries now: the leader has the VIP too. */
  override addressesOf(machine: Machine): string[] {
    const leads = machine === this.cluster.leader && this.cluster.led;
    return leads ? [...machine.addresses, this.vip] : [...machine.addresses];
  }

  protected settle(): void {
    if (!this.#complete) return;
    this.search.settle();
    this.cluster.settle();
    this.board.record();
    // One moment for both: what the one blames on a missing leader must not begin later for the other.
    const now = this.clock.now();
    this.#recorder.record(now);
    this.#clients.record(now);
  }
}
