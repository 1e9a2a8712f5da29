import type { Clock } from "../machine/clock";
import type { Report } from "../report/events";

/** What a run gets from the front that starts it. */
export interface Context {
  readonly clock: Clock;
  readonly report: Report;
  /** Wall clock, ISO 8601, for people. */
  readonly timestamp: () => string;
  /** A fresh id, unique for ever. */
  readonly newId: () => string;
  /** `user@host, stack prod`: who holds the lock. */
  readonly owner: string;
  /** Identifies our process, and whether another one on this machine still lives: null when it cannot tell. */
  readonly process: string;
  readonly isAlive: (process: string) => boolean | null;
  /** Aborted: stop at the next safe point. */
  readonly signal?: AbortSignal;
}
