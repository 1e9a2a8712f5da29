import { Cluster } from "./cluster/cluster";
import { elasticsearchOf } from "./cluster/elasticsearch";
import { FrontendRecorder } from "./cluster/frontendRecorder";
import { Recorder, type OutOfService, type RiskyStop } from "./cluster/recorder";
import { SearchCluster } from "./cluster/search";
import { StatusBoard } from "./cluster/statusBoard";
import type { ColumnOptions } from "./columns";
import type { Frontend } from "./frontend";
import { answersPong } from "./frontendStatus";
import type { Machine } from "./machine";
import { newestRelease, Schema } from "./schema";
import { SimulatedMachines } from "./simulatedMachines";
import type { SimulationOptions } from "./types";

/** The state of a simulated cluster with its frontends, and the truth about it (not what nodes publish). */
export class SimulatedCluster extends SimulatedMachines {
  readonly columns: Partial<ColumnOptions>;
  readonly cluster: Cluster;
  readonly search: SearchCluster;
  readonly board: StatusBoard;
  readonly vip: string;
  readonly osRelease: string | undefined;
  readonly organizations: readonly string[];
  /** The database schema that the frontends share. */
  readonly schema: Schema;
  /** What nobody should do was done: a sentence each. */
  readonly accidents: string[] = [];
  /**
   * What `upgrade` does once the services are started and nobody leads: waits for the rejoin (`timings.verifyTimeout`)
   * or ends with 0. The documentation does not say.
   */
  upgradeAlone: "blocks" | "returns" = "blocks";
  readonly #recorder: Recorder;
  readonly #clients: FrontendRecorder;
  readonly #waiting = new Set<() => void>();
  #complete = false;

  constructor(options: SimulationOptions) {
    super(options);
    const { clock, random } = this;
    const changed = () => this.changed();
    this.columns = options.columns ?? {};
    this.vip = options.vip ?? "192.168.33.220";
    this.osRelease = options.osRelease;
    this.organizations = options.organizations ?? ["acme", "lab"];
    this.schema = new Schema(newestRelease(this.frontends.map((each) => each.upgradedTo)));
    for (const frontend of this.frontends)
      frontend.migrationLevel = this.schema.levelAtStart(frontend.upgradedTo);
    const leader = options.leader === undefined ? this.backends[0]! : this.backend(options.leader);
    const { elasticsearchMaster } = options;
    const master =
      elasticsearchMaster === undefined ? this.backends.at(-1)! : this.backend(elasticsearchMaster);
    this.cluster = new Cluster(this.backends, clock, this.timings, changed, leader);
    const { shardRecovery } = this.timings;
    const createdBy = options.indexCreatedBy ?? elasticsearchOf(options.version);
    this.search = new SearchCluster(this.backends, clock, shardRecovery, changed, master, createdBy);
    this.board = new StatusBoard(this.cluster, this.search, clock, this.timings, random);
    this.#recorder = new Recorder(this.cluster, this.search, clock);
    const pong = (frontend: Frontend) => answersPong(this, frontend);
    this.#clients = new FrontendRecorder(this.frontends, this.search, clock, pong);
    this.#complete = true;
    this.changed();
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
  addressesOf(machine: Machine): string[] {
    const leads = machine === this.cluster.leader && this.cluster.led;
    return leads ? [...machine.addresses, this.vip] : [...machine.addresses];
  }

  /** Called after every change of anything: lets everything follow from it that follows. */
  changed(): void {
    if (!this.#complete) return;
    this.search.settle();
    this.cluster.settle();
    this.board.record();
    this.#recorder.record();
    this.#clients.record();
    for (const check of [...this.#waiting]) check();
  }

  /** Resolves when the condition holds after some change; rejects when the signal aborts. */
  until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const finish = (end: () => void) => {
        this.#waiting.delete(check);
        signal.removeEventListener("abort", abort);
        end();
      };
      const check = () => condition() && finish(resolve);
      const abort = () => finish(() => reject(signal.reason as Error));
      this.#waiting.add(check);
      signal.addEventListener("abort", abort, { once: true });
    });
  }
}
