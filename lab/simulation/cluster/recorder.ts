import type { Clock } from "../clock";
import type { Backend } from "./backend";
import type { Cluster } from "./cluster";
import type { SearchCluster } from "./search";
import { Stopwatch } from "./stopwatch";

/** A stretch of simulated time (milliseconds) in which a backend was out of service; `to` missing: still is. */
export interface OutOfService {
  readonly node: string;
  readonly from: number;
  to?: number;
}

/** A backend's services went down while the cluster was not whole already. */
export interface RiskyStop {
  readonly at: number;
  readonly node: string;
  readonly why: string;
}

/** Watches the truth (not what is published), continuously: what an upgrade did to the service. */
export class Recorder {
  /** The most backends that were out of service at the same time. */
  maxOut = 0;
  readonly intervals: OutOfService[] = [];
  readonly riskyStops: RiskyStop[] = [];
  readonly #open = new Map<string, OutOfService>();
  readonly #stopped = new Set<string>();
  readonly #leaderless = new Stopwatch();

  constructor(
    readonly cluster: Cluster,
    readonly search: SearchCluster,
    readonly clock: Clock,
  ) {}

  /** Services down, not (or not fully) rejoined, PostgreSQL behind, or not in the search cluster. */
  outOfService(): string[] {
    return this.cluster.backends.filter((backend) => this.#out(backend)).map((backend) => backend.name);
  }

  /** Seconds without a leader that answers: what the frontends' clients notice. */
  leaderlessSeconds(): number {
    return this.#leaderless.seconds(this.clock.now());
  }

  /** Called after every change. */
  record(now: number): void {
    for (const backend of this.cluster.backends) this.#recordStop(backend, now);
    const out = this.outOfService();
    this.maxOut = Math.max(this.maxOut, out.length);
    for (const node of out) {
      if (this.#open.has(node)) continue;
      const interval = { node, from: now };
      this.#open.set(node, interval);
      this.intervals.push(interval);
    }
    for (const [node, interval] of this.#open) {
      if (out.includes(node)) continue;
      interval.to = now;
      this.#open.delete(node);
    }
    this.#leaderless.set(!this.cluster.led, now);
  }

  #recordStop(backend: Backend, now: number): void {
    if (backend.allRunning) return void this.#stopped.delete(backend.name);
    if (this.#stopped.has(backend.name)) return;
    this.#stopped.add(backend.name);
    const others = this.outOfService().filter((name) => name !== backend.name);
    const missing =
      this.cluster.backends.length - this.cluster.backends.filter((each) => each.searching).length;
    if (others.length > 0)
      this.riskyStops.push({ at: now, node: backend.name, why: `${others.join(", ")} out` });
    else if (this.search.recovering && missing <= 1)
      this.riskyStops.push({ at: now, node: backend.name, why: "elasticsearch is not green" });
  }

  #out(backend: Backend): boolean {
    if (!backend.allRunning || !backend.searching) return true;
    return backend !== this.cluster.leader && !backend.inStep;
  }
}
