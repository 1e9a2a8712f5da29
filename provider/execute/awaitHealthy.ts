import { longestPromotion } from "../chef/cluster/promotion";
import { healthProblems, isLeaderless, type SearchHealth } from "../cluster/health";
import type { ClusterState } from "../cluster/state";
import type { Clock } from "../machine/clock";
import { DataProgress } from "./dataProgress";
import { type PastReading, secondsUntilCertain } from "./restartEvidence";

export interface HealthWait {
  readonly clock: Clock;
  readonly observe: () => Promise<ClusterState>;
  /** The last reading, where it is fresh; else a new one. */
  readonly firstReading: () => Promise<ClusterState>;
  /** The nodes whose services were restarted; none to look at the cluster only. */
  readonly restarted: readonly string[];
  /** Whether Elasticsearch is judged, too. */
  readonly search?: SearchHealth;
  /** Seconds: how old leaderl's view can be. */
  readonly statusInterval: number;
  /** Seconds from now; while nobody leads, a promotion is waited for in any case. */
  readonly timeout: number;
  /** Seconds in all: as long as the data of a restarted node grow, `timeout` begins anew. Default: `timeout`. */
  readonly longest?: number;
  /** @param limit seconds until which it is waited, from the beginning */
  readonly onWaiting: (reason: string, seconds: number, limit: number) => void;
}

export type HealthOutcome =
  | { readonly healthy: true; readonly state: ClusterState }
  | {
      readonly healthy: false;
      readonly state: ClusterState;
      readonly reason: string;
      /** Seconds for which it was waited at most. */
      readonly limit: number;
    };

/** No probe follows the last one sooner than this, in milliseconds. */
const shortestPause = 100;

/**
 * Waits until the cluster is healthy in two readings in a row, each of which certainly describes the time
 * after the node's restart (promise 1). A probe starts no sooner than twice the last one's duration after the
 * last one started; where only time is missing, exactly that time is slept.
 */
export async function awaitHealthy(wait: HealthWait): Promise<HealthOutcome> {
  const begun = wait.clock.now();
  const past: PastReading[] = [];
  const growing = new Map<string, DataProgress>();
  let limit = wait.timeout;
  let leaderlessSince: number | null = null;
  let confirmed = 0;
  for (;;) {
    const state = past.length === 0 ? await wait.firstReading() : await wait.observe();
    const at = state.startedAt / 1000;
    const problems = healthProblems(state, wait.search);
    const lefts = state.nodes
      .filter((node) => problems.length === 0 && wait.restarted.includes(node.name))
      .map((node) =>
        secondsUntilCertain(node, at, state.endedAt / 1000, past, wait.statusInterval, begun / 1000),
      );
    const left = Math.max(0, ...lefts);
    confirmed = problems.length === 0 && left === 0 ? confirmed + 1 : 0;
    if (confirmed === 2) return { healthy: true, state };
    past.push({ at, good: problems.length === 0 });
    const elapsed = (wait.clock.now() - begun) / 1000;
    const reason = problems.length > 0 ? problems.join("; ") : "healthy, a second reading confirms it";
    for (const { name, dataUsedKiB } of state.nodes.filter((node) => wait.restarted.includes(node.name))) {
      if (!growing.has(name)) growing.set(name, new DataProgress(dataUsedKiB));
      if (growing.get(name)!.made(dataUsedKiB))
        limit = Math.min(elapsed + wait.timeout, Math.max(wait.longest ?? 0, wait.timeout));
    }
    // Once: a cluster that loses its leader again and again is not waited for without end.
    if (isLeaderless(problems)) {
      leaderlessSince ??= elapsed;
      limit = Math.max(limit, leaderlessSince + longestPromotion);
    }
    if (elapsed > limit) return { healthy: false, state, reason, limit };
    const grown = [...growing].filter(([, data]) => data.hasMoved).map(([name, data]) => data.text(name));
    wait.onWaiting(
      left > 0
        ? "healthy, but the nodes' view may still be from before the restart"
        : [reason, ...grown].join("; "),
      elapsed,
      limit,
    );
    const took = state.endedAt - state.startedAt;
    await wait.clock.sleep(Math.max(took, shortestPause, left * 1000 - took));
  }
}
