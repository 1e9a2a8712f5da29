import { Machine, type Surroundings } from "../machine";
import { packageVersion } from "../packages/packageFile";
import type { Timings } from "../timings";
import type { BackendSpec } from "../types";
import { elasticsearchOf, opensIndex } from "./elasticsearch";
import { isMigrated } from "./majorUpgrade";
import { newService, serviceNames, servicesOf, type Service, type ServiceName } from "./services";

/** What leaderl needs to take part. */
const needed: ServiceName[] = ["etcd", "leaderl", "postgresql"];

/** One backend: its services and how far it is in the cluster. Who leads is the cluster's business. */
export class Backend extends Machine {
  readonly product = "chef-backend";
  override readonly productFolder = "/opt/chef-backend";
  readonly guid: string;
  readonly services = new Map<ServiceName, Service>();
  /** `set-node-failover`. */
  failover = true;
  /** leaderl has accepted it as a follower (it no longer waits for the leader). */
  accepted = true;
  /** It led until a moment ago: leaderl calls it a deposed leader before it calls it a follower. */
  deposed = false;
  /** PostgreSQL has all that the leader has. */
  synced = true;
  /** Elasticsearch on this node is in the search cluster. */
  searching = true;
  /** Which Elasticsearch created the index whose data this node has; null: it has none. */
  indexData: string | null = null;
  /** It belongs to a cluster: `create-cluster` or `join-cluster` was run here, however long ago. */
  joined = false;
  /** Its `join-cluster` runs. */
  joining = false;
  /** The build for which `upgrade` last did its work; empty before it belongs to a cluster. */
  upgradedTo = "";
  /** Since when its Elasticsearch ends at once, as its settings are the old one's; null: it does not. */
  refusedSettings: number | null = null;
  /** `upgrade` has carried this node's data over to 2.x, or it began there. */
  migrated = false;

  constructor(
    spec: BackendSpec,
    /** null: nothing is installed. */
    version: string | null,
    around: Surroundings,
    readonly timings: Timings,
    /** Undone when the service stops: its way into the cluster. */
    readonly pending = {
      rejoin: null as null | (() => void),
      search: null as null | (() => void),
      deposed: null as null | (() => void),
    },
  ) {
    super(spec.name, [spec.ip, ...(spec.addresses ?? [])], around);
    this.guid = spec.guid ?? around.random.hex(32);
    if (version === null) this.accepted = this.synced = this.searching = false;
    if (version === null) return;
    const running = spec.running === undefined ? version : packageVersion(spec.running, around.platform);
    this.join(running);
    for (const name of servicesOf(running))
      this.services.set(
        name,
        newService(name, spec.services?.[name] ?? {}, running, around.clock.now(), around.random),
      );
    this.packages.replace({
      name: "chef-backend",
      version,
      arch: around.platform === "deb" ? "amd64" : "x86_64",
      installedSize: 790_000,
      // Before the services, which were started by that install's `upgrade`.
      installedAt: around.clock.now() - (spec.running === undefined ? 108_100_000 : 3_600_000),
      state: "installed",
    });
  }

  running(name: ServiceName): boolean {
    return this.up && (this.services.get(name)?.running ?? false);
  }

  /** Everything that leaderl needs runs. */
  get serves(): boolean {
    return needed.every((name) => this.running(name));
  }

  /** It follows the leader, with all that the leader has. */
  get inStep(): boolean {
    return this.accepted && this.synced && !this.deposed;
  }

  get allRunning(): boolean {
    return this.up && [...this.services.values()].every((service) => service.running);
  }

  /** The release of the Elasticsearch that runs (or last ran) here. */
  get elasticsearch(): string {
    return elasticsearchOf(this.services.get("elasticsearch")?.build ?? this.installed);
  }

  /**
   * Elasticsearch cannot open the index whose data it finds: it ends at once, and runit starts it again, so that it shows as
   * running and nobody answers (elastic.co: "nodes will fail to start if incompatible indices are present").
   */
  get cannotOpenIndex(): boolean {
    if (!this.running("elasticsearch") || this.indexData === null) return false;
    return !opensIndex(this.elasticsearch, this.indexData);
  }

  /** From here on it belongs to the cluster, with data of that build. */
  join(build: string): void {
    this.joined = true;
    this.upgradedTo = build;
    this.migrated = isMigrated(build);
  }

  stop(names: readonly ServiceName[] = serviceNames): void {
    for (const name of names) {
      const service = this.services.get(name);
      if (!service?.running) continue;
      service.running = false;
      service.since = this.around.clock.now();
      this.#left(name);
    }
    this.around.changed();
  }

  /** Starts what is not running, from the installed build. */
  start(names: readonly ServiceName[] = servicesOf(this.installed)): void {
    for (const name of names) {
      const { clock, random } = this.around;
      const now = clock.now();
      const old = this.services.get(name);
      if (old?.running) continue;
      const service = old ?? newService(name, { up: 0 }, this.installed, now, random);
      service.running = true;
      service.pid = random.int(1200, 30000);
      service.since = now;
      service.build = this.installed;
      this.services.set(name, service);
      if (name === "elasticsearch") this.#joinSearch();
    }
    this.around.changed();
  }

  override down(): void {
    super.down();
    for (const service of this.services.values()) service.running = false;
    for (const name of serviceNames) this.#left(name);
    this.around.changed();
  }

  override boot(): void {
    super.boot();
    for (const service of this.services.values()) service.logSince = this.around.clock.now();
    if (this.joined) this.start();
  }

  /** Elasticsearch here is no longer in the search cluster. */
  leaveSearch(): void {
    this.pending.search?.();
    this.pending.search = null;
    this.searching = false;
  }

  /** It has lost the lead: a deposed leader for a while. */
  depose(): void {
    this.reinstate();
    this.deposed = true;
    this.pending.deposed = this.around.clock.setTimer(this.timings.deposedLeader * 1000, () => {
      this.reinstate();
      this.around.changed();
    });
  }

  /** It is no deposed leader any more. */
  reinstate(): void {
    this.pending.deposed?.();
    this.pending.deposed = null;
    this.deposed = false;
  }

  #left(name: ServiceName): void {
    if (name === "elasticsearch") this.leaveSearch();
    if (!needed.includes(name)) return;
    this.pending.rejoin?.();
    this.pending.rejoin = null;
    this.accepted = false;
    if (name === "postgresql") this.synced = false;
  }

  #joinSearch(): void {
    this.pending.search = this.around.clock.setTimer(this.timings.elasticsearchJoin * 1000, () => {
      this.pending.search = null;
      this.searching = !this.cannotOpenIndex;
      this.around.changed();
    });
  }
}
