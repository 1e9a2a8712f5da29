import type { Clock } from "../machine/clock";
import type { Report } from "../report/events";

/** How a line of shell on this machine ended: its exit status, and the last of what it printed. */
export interface RanHere {
  readonly code: number;
  readonly output: string;
}

/**
 * Runs a line of shell on the machine that runs Pulumi, and never where nobody has written one into the program.
 * @param env besides the environment of our own process
 * @param limit in seconds: it is killed then
 */
export type RunHere = (
  line: string,
  env: Readonly<Record<string, string>>,
  limit: number,
) => Promise<RanHere>;

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

/** The same of a run that may have to tell a load balancer. */
export interface ClusterContext extends Context {
  readonly runHere: RunHere;
}
