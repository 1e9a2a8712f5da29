import type { Clock } from "../clock";
import type { Backend } from "./backend";

export type Colour = "green" | "yellow" | "red";

/** The Elasticsearch cluster: its master, and how long the shards take after a node came back. */
export class SearchCluster {
  master: Backend | null;
  /** Shards are being put back until then, simulated milliseconds. */
  #recoveringUntil = -Infinity;
  #joined: number;

  constructor(
    readonly backends: readonly Backend[],
    readonly clock: Clock,
    readonly recoverySeconds: number,
    readonly changed: () => void,
    master: Backend,
  ) {
    this.master = master;
    this.#joined = backends.length;
  }

  /** Called after every change: elects a master, notices a node that came back. */
  settle(): void {
    const joined = this.backends.filter((backend) => backend.searching);
    if (joined.length > this.#joined) this.yellow(this.recoverySeconds);
    this.#joined = joined.length;
    if (!this.master?.searching) this.master = joined[0] ?? null;
  }

  /** Unassigned shards for that many seconds from now. */
  yellow(seconds: number): void {
    this.#recoveringUntil = Math.max(this.#recoveringUntil, this.clock.now() + seconds * 1000);
    if (Number.isFinite(seconds)) this.clock.setTimer(seconds * 1000, this.changed);
  }

  /** All shards assigned, whatever `yellow` said. */
  green(): void {
    this.#recoveringUntil = -Infinity;
  }

  /** Shards are being put back, whatever nodes are there. */
  get recovering(): boolean {
    return this.clock.now() < this.#recoveringUntil;
  }

  get colour(): Colour {
    const joined = this.backends.filter((backend) => backend.searching).length;
    if (joined * 2 <= this.backends.length) return "red";
    return joined < this.backends.length || this.recovering ? "yellow" : "green";
  }
}
