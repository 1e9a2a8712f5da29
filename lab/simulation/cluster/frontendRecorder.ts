import type { Clock } from "../clock";
import type { Frontend } from "../frontend";
import type { SearchCluster } from "./search";
import { Stopwatch } from "./stopwatch";

/** Watches what the clients of the Chef server notice. */
export class FrontendRecorder {
  readonly #empty = new Stopwatch();
  readonly #unanswered = new Stopwatch();

  constructor(
    readonly frontends: readonly Frontend[],
    readonly search: SearchCluster,
    readonly clock: Clock,
    /** Whether a frontend answers `/_status` with pong. */
    readonly answers: (frontend: Frontend) => boolean,
  ) {}

  /** Seconds during which a frontend was open to clients whose searches could find nothing, or not everything. */
  emptySearchSeconds(): number {
    return this.#empty.seconds(this.clock.now());
  }

  /** Seconds during which no frontend answered with pong; 0 for a cluster without frontends. */
  unansweredSeconds(): number {
    return this.#unanswered.seconds(this.clock.now());
  }

  /** Called after every change. */
  record(now: number): void {
    const open = this.frontends.some((each) => each.open);
    this.#empty.set(open && !this.search.complete, now);
    this.#unanswered.set(this.frontends.length > 0 && !this.frontends.some(this.answers), now);
  }
}
