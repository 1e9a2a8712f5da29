import type { Clock } from "./clock";
import { Backend } from "./cluster/backend";
import { Cluster } from "./cluster/cluster";
import { Recorder, type OutOfService, type RiskyStop } from "./cluster/recorder";
import { SearchCluster } from "./cluster/search";
import { StatusBoard } from "./cluster/statusBoard";
import type { ColumnOptions } from "./columns";
import { Frontend } from "./frontend";
import type { Machine, Surroundings } from "./machine";
import { packageVersion } from "./packages/packageFile";
import { Random } from "./random";
import type { NodeSwitches } from "./switches";
import { defaultTimings, type Timings } from "./timings";
import { NodeDownError, type Platform, type SimulationOptions } from "./types";

/** The state of a simulated cluster with its frontends, and the truth about it (not what nodes publish). */
export class SimulatedCluster {
  readonly clock: Clock;
  readonly platform: Platform;
  readonly random: Random;
  readonly timings: Timings;
  readonly columns: Partial<ColumnOptions>;
  readonly backends: readonly Backend[];
  readonly frontends: readonly Frontend[];
  readonly cluster: Cluster;
  readonly search: SearchCluster;
  readonly board: StatusBoard;
  readonly vip: string;
  readonly osRelease: string | undefined;
  /** Elasticsearch that created the search index. */
  indexCreatedBy: string;
  readonly #recorder: Recorder;
  readonly #waiting = new Set<() => void>();
  #complete = false;

  constructor(options: SimulationOptions) {
    this.clock = options.clock;
    this.platform = options.platform ?? "deb";
    this.random = new Random(options.seed ?? 1);
    this.timings = { ...defaultTimings, ...options.timings };
    this.columns = options.columns ?? {};
    this.vip = options.vip ?? "192.168.33.220";
    this.osRelease = options.osRelease;
    this.indexCreatedBy = options.indexCreatedBy ?? "5.6.16";
    const changed = () => this.changed();
    const { clock, random, platform } = this;
    const around: Surroundings = { clock, random, platform, changed };
    const versionOf = (own: string | undefined) => packageVersion(own ?? options.version, platform);
    this.backends = options.backends.map(
      (spec) => new Backend(spec, versionOf(spec.version), around, this.timings),
    );
    this.frontends = (options.frontends ?? []).map((spec) => new Frontend(spec, around));
    const leader = options.leader === undefined ? this.backends[0]! : this.backend(options.leader);
    const { elasticsearchMaster } = options;
    const master =
      elasticsearchMaster === undefined ? this.backends.at(-1)! : this.backend(elasticsearchMaster);
    this.cluster = new Cluster(this.backends, clock, this.timings, changed, leader);
    this.search = new SearchCluster(this.backends, clock, this.timings.shardRecovery, changed, master);
    this.board = new StatusBoard(this.cluster, this.search, clock, this.timings, random);
    this.#recorder = new Recorder(this.cluster, this.search, clock);
    this.#complete = true;
    this.changed();
  }

  /** @throws NodeDownError when there is no such machine */
  machine(node: string): Machine {
    const found = [...this.backends, ...this.frontends].find((machine) => machine.name === node);
    if (!found) throw new NodeDownError(`the simulation has no machine ${node}`);
    return found;
  }

  backend(node: string): Backend {
    const machine = this.machine(node);
    if (!(machine instanceof Backend)) throw new Error(`${node} is no backend`);
    return machine;
  }

  frontend(node: string): Frontend {
    const machine = this.machine(node);
    if (!(machine instanceof Frontend)) throw new Error(`${node} is no frontend`);
    return machine;
  }

  /** What can be made to go wrong on a node: see switches.ts. */
  switches(node: string): NodeSwitches {
    return this.machine(node).switches;
  }

  /** The leader's name; null when there is none. */
  get leader(): string | null {
    return this.cluster.leader?.name ?? null;
  }

  /** Where `set-cluster-failover` stands. */
  get failover(): boolean {
    return this.cluster.failover;
  }

  /** Installed build by backend. */
  installedVersions(): Record<string, string> {
    return Object.fromEntries(this.backends.map((backend) => [backend.name, backend.installed]));
  }

  /** Build by backend for which `upgrade` last did its work. */
  runningVersions(): Record<string, string> {
    return Object.fromEntries(this.backends.map((backend) => [backend.name, backend.upgradedTo]));
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
