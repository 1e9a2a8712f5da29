import {
  type JobSummary,
  type LockOwner,
  LockLostError,
  type LockState,
  type Machine,
} from "../machine/machine";
import { duration } from "../report/events";
import type { Context } from "./context";
import { RefusedError } from "./errors";

/** A heartbeat older than this, in seconds, is a run that has ended without cleaning up. */
const lockSilence = 30;
/** Between two heartbeats, in milliseconds: three are missed before a run counts as ended. */
const beatEvery = (lockSilence * 1000) / 3;

/** How a job of an earlier run ended that was waited for. */
export interface SettledJob {
  readonly node: string;
  readonly id: string;
  readonly code: number | null;
}

/** The lock that a run holds on every machine that it may change, kept alive until it is released. */
export interface HeldLock {
  readonly run: string;
  readonly settled: readonly SettledJob[];
  /** Whether it was taken on that machine: not where it could not be reached when the run began. */
  holds(machine: string): boolean;
  /** @throws LockLostError once a heartbeat found that another run has taken the lock over. */
  check(): void;
  release(): Promise<void>;
}

/**
 * Takes the cluster's lock on every backend (promise 6), in one fixed order so that of two runs one gets all.
 * The lock of a run that has ended is taken over, with a note: its process is known to be gone, or it has been
 * silent for longer than a living run ever is. A job of it that still runs is waited for first.
 * @param jobs how such a job is waited for.
 * @throws RefusedError when another run holds it.
 */
export async function takeLock(
  machines: readonly Machine[],
  jobs: JobWait,
  context: Context,
): Promise<HeldLock> {
  const run = context.newId();
  const owner = { run, owner: context.owner, process: context.process };
  const taken: Machine[] = [];
  const settled: SettledJob[] = [];
  const settle = async (machine: Machine) => void settled.push(...(await settleJobs(machine, jobs, context)));
  // From the first one on: taking the next one over may mean to wait for a job there.
  const held = keepAlive(taken, run, settled, context);
  try {
    for (const machine of machines) {
      await takeOne(machine, owner, settle, context);
      taken.push(machine);
    }
    await Promise.all(machines.map(settle));
    held.check();
    return held;
  } catch (error) {
    await held.release();
    throw error;
  }
}

async function takeOne(
  machine: Machine,
  owner: LockOwner,
  settle: (machine: Machine) => Promise<void>,
  context: Context,
): Promise<void> {
  let holder = await machine.takeLock(owner);
  let watched: LockState | null = null;
  while (holder) {
    const ended = hasEnded(holder, context);
    if (ended) {
      await settle(machine);
      context.report({
        type: "note",
        text: `Taking over the lock of ${holder.owner} on ${machine.name}: ${ended}`,
      });
      holder = await machine.takeLock(owner, holder.run);
      continue;
    }
    // A heartbeat while we watch: its owner lives.
    const beats = watched?.run === holder.run && holder.silent < watched.silent;
    if (beats || context.isAlive(holder.process)) throw lockedBy(holder, machine);
    if (!watched)
      context.report({ type: "note", text: `${lockText(holder, machine)}; waiting whether it still lives` });
    watched = holder;
    await context.clock.sleep(1000, context.signal);
    holder = await machine.takeLock(owner);
  }
}

/** How jobs are waited for that an earlier run has left running. */
export interface JobWait {
  /** Seconds. */
  readonly timeout: number;
  /** Those that the procedure itself goes on with, while they run. */
  readonly except?: (job: JobSummary) => boolean;
}

/**
 * Waits for jobs that an earlier run has left running on a node: they are attached to, never started again.
 * @throws RefusedError when one still runs after the time-out.
 */
export async function settleJobs(
  machine: Machine,
  { timeout, except = () => false }: JobWait,
  context: Context,
): Promise<SettledJob[]> {
  const { jobs } = await machine.read([]);
  const settled: SettledJob[] = [];
  for (const job of jobs.filter((each) => each.state === "running" && !except(each))) {
    context.report({
      type: "note",
      text: `${machine.name}: the job ${job.id} of an earlier run still runs; waiting for its end`,
    });
    const end = await machine.followJob(job.run, job.id, {
      deadline: context.clock.now() + timeout * 1000,
      signal: context.signal,
    });
    if (end.state === "running")
      throw new RefusedError([
        {
          code: "job",
          message: `${machine.name}: the job ${job.id} of an earlier run still runs after ${duration(timeout)}`,
          wayOut: "It is left alone; look at the node",
          waitable: 0,
        },
      ]);
    context.report({
      type: "note",
      text: `${machine.name}: the job ${job.id} has ended${end.code === null ? " without a status" : ` with ${end.code}`}`,
    });
    settled.push({ node: machine.name, id: job.id, code: end.code });
  }
  return settled;
}

/** Why a lock's run must have ended; null while it may live. */
export function hasEnded(holder: LockState, context: Pick<Context, "isAlive">): string | null {
  if (context.isAlive(holder.process) === false) return "its process has ended";
  if (holder.silent > lockSilence) return `it gave no sign of life for ${duration(holder.silent)}`;
  return null;
}

function lockText(holder: LockState, machine: Machine): string {
  return `The cluster is locked by ${holder.owner} (run ${holder.run}, on ${machine.name}) since ${duration(holder.age)}`;
}

function lockedBy(holder: LockState, machine: Machine): RefusedError {
  const wayOut =
    "Wait until that run has ended. A run that has died is taken over by itself; to break the lock by hand, end that run, then remove the folder `lock` where the provider keeps its files on each backend";
  return new RefusedError([{ code: "locked", message: lockText(holder, machine), wayOut, waitable: 0 }]);
}

/** @param machines those on which the lock was taken so far. */
function keepAlive(
  machines: readonly Machine[],
  run: string,
  settled: readonly SettledJob[],
  context: Context,
): HeldLock {
  const stop = new AbortController();
  let lost: LockLostError | null = null;
  const beat = async (machine: Machine) => {
    try {
      await machine.beat(run);
    } catch (error) {
      // A connection that is down for the moment is no reason to stop: the lock may well stand.
      if (error instanceof LockLostError) lost = error;
    }
  };
  const beating = (async () => {
    while (!stop.signal.aborted) {
      await context.clock.sleep(beatEvery, stop.signal).catch(() => undefined);
      if (!stop.signal.aborted) await Promise.all(machines.map(beat));
    }
  })();
  return {
    run,
    settled,
    holds: (name) => machines.some((machine) => machine.name === name),
    check: () => {
      if (lost) throw lost;
    },
    release: async () => {
      stop.abort();
      await beating;
      await Promise.allSettled(machines.map((machine) => machine.releaseLock(run)));
    },
  };
}
