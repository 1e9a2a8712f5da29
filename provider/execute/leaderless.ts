import { longestPromotion } from "../chef/cluster/promotion";
import type { ClusterState } from "../cluster/state";
import { leaseAge } from "../cluster/viewAge";
import { couldElect } from "../plan/election";
import { cannotLead, type View } from "../plan/view";
import { failoverOn } from "../procedures/failoverSteps";
import { readUntil } from "./readUntil";
import type { Run } from "./run";
import { turnOn } from "./turnOn";

/** Between two readings while a command of ours runs, in milliseconds. */
const watchEvery = 15_000;

/**
 * The leader is lost while failover is off by us: then the whole Chef server is down, and stays so. Where nobody has led for
 * longer than a leader's lease, in two readings at least, and the others could elect one, failover goes on at once, and the
 * new leader is awaited. Whatever the run was waiting for goes on after that.
 */
export class Leaderless {
  /** The end of the first reading of which that was true, in milliseconds; null: it is not. */
  #since: number | null = null;

  constructor(private readonly run: Run) {}

  /** Whether failover is off by us, nobody leads, and somebody could be elected. */
  get isSo(): boolean {
    return this.#since !== null;
  }

  /** To be told of each reading. */
  async look(state: ClusterState): Promise<void> {
    const { run } = this;
    const ours = run.record?.finished === false && run.record.failover === "off";
    const view = ours ? run.view(state) : null;
    if (view === null || !couldElect(view)) return void (this.#since = null);
    this.#since ??= state.endedAt;
    const seconds = (state.startedAt - this.#since) / 1000;
    if (seconds <= leaseAge(state.nodes)) return;
    this.#since = null;
    const { report } = run.context;
    const what = `No backend has led for ${Math.round(seconds)} s while failover was off: the Chef server is down`;
    try {
      report({ type: "warning", text: `${what}. Turning failover on, so that another backend can lead` });
      await turnOn(run, "nobody leads", stoppedItself(run, view) ? "on-for-leader" : "on");
    } catch (error) {
      report({ type: "warning", text: `${what}. ${(error as Error).message}` });
      return;
    }
    const step = failoverOn(run.spec, "nobody leads");
    const leader = () => run.view(run.state).leader?.name;
    const awaited = await readUntil(run, step, longestPromotion, () =>
      leader() ? null : "waiting for another backend to lead",
    );
    const who = awaited === null ? `${leader()} leads` : `No backend leads after ${longestPromotion} s`;
    report({ type: "warning", text: `${who}; failover is on` });
  }
}

/** The leader was stopped by its own installation: failover stays on until it follows (`leads` in `procedures/stoppedLeader.ts`). */
function stoppedItself({ record }: Run, { inside }: View): boolean {
  return inside !== null && inside.name === record?.leaderAtStart && cannotLead(inside);
}

/** Reads the cluster from time to time while a command of ours runs, which may be waiting for a leader that is lost. */
export async function watching<T>(run: Run, work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const watch = async () => {
    for (;;) {
      await run.context.clock.sleep(watchEvery, ended.signal).catch(() => undefined);
      if (ended.signal.aborted || run.record?.failover !== "off") return;
      // What is wrong with a reading is told by the next one.
      await run.observe().catch(() => undefined);
    }
  };
  const watched = watch();
  return work.finally(() => {
    ended.abort();
    return watched;
  });
}
