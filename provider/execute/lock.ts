import {
  type JobSummary,
  type LockOwner,
  LockLostError,
  type LockState,
  type Machine,
  UnreachableError,
} from "../machine/machine";
import { type Clock, type Moment, momentOf, sinceThen } from "../machine/clock";
import { type Refusal, refuse } from "../plan/refusal";
import { duration } from "../report/events";
import type { Context } from "./context";
import { RefusedError, StoppedError } from "./errors";
import { followTold } from "./followTold";

/** A heartbeat older than this, in seconds, is a run that has ended without cleaning up. */
const lockSilence = 30;
/** Between two heartbeats, in milliseconds: three are missed before a run counts as ended. */
const beatEvery = (lockSilence * 1000) / 3;

/** For so long, in milliseconds, each machine is asked at most who holds the lock there. */
const lookLimit = beatEvery;

/**
 * A heartbeat that was sent so long ago at most (milliseconds), and has arrived, tells that nobody has taken the lock
 * over meanwhile: that takes `lockSilence`. The rest is for a start of a job that is slow on its way.
 */
const sureFor = (lockSilence * 1000 * 2) / 3;

/** A lock is taken over so often at most: who is always forestalled, or does not get it, leaves it to others. */
const mostTakeOvers = 5;

/** How a job of an earlier run that was waited for. */
export interface SettledJob {
  readonly node: string;
  readonly id: string;
  readonly code: number | null;
}

/** The lock that a run holds on every machine that it may change, kept alive until it is released. */
export interface HeldLock {
  readonly run: string;
  readonly settled: readonly SettledJob[];
  /** Machines on which it could not be taken (`Lockable.mends`), each with the reason. */
  readonly missing: readonly Refusal[];
  /** Whether it was taken on that machine: not where it could not be reached when the run began. */
  holds(machine: string): boolean;
  /** @throws LockLostError once a heartbeat found that another run has taken the lock over. */
  check(): void;
  /**
   * The same, and a majority of the backends has heard from us a moment ago: whoever cannot say that may have lost
   * the lock without knowing.
   * @throws LockLostError; UnreachableError when too few can be reached.
   */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

/** Where a lock is taken. */
export interface Lockable {
  /** All backends of the cluster: whoever holds the lock holds it on a majority of them. */
  readonly backends: readonly Machine[];
  /** Those on which it is taken, in this order; frontends may be among them. */
  readonly machines: readonly Machine[];
  /** The run whose lock is broken, though it may live; null: none. */
  readonly breakLock?: string | null;
  /** Whether a majority of the backends is enough, since what an earlier run owes can be mended through it. */
  readonly mends?: boolean;
}

/**
 * Takes the cluster's lock on every machine given (promise 6), in one fixed order so that of several runs one gets
 * all. Any two majorities of the backends have one in common, so that two runs that reach different ones meet there.
 * The lock of a run that has ended is taken over, with a note: its process is known to be gone, or no machine that we
 * reach has heard from it for longer than a living run is ever silent. A job of it that still runs is waited for first.
 * @param jobs how such a job is waited for.
 * @throws RefusedError when another run holds it, or it cannot be taken; StoppedError when the run was asked to stop
 * meanwhile.
 */
export async function takeLock(lockable: Lockable, jobs: JobWait, context: Context): Promise<HeldLock> {
  const { machines, backends, mends = false } = lockable;
  const run = context.newId();
  const owner = { run, owner: context.owner, process: context.process };
  const taken: Machine[] = [];
  const missing: Refusal[] = [];
  const gone = new Set<string>();
  const settled: SettledJob[] = [];
  const settle = async (machine: Machine) => void settled.push(...(await settleJobs(machine, jobs, context)));
  // From the first one on: taking the next one over may mean to wait for a job there.
  const held = { ...keepAlive(taken, backends, run, context), settled, missing };
  try {
    for (const machine of machines) {
      try {
        await takeOne(machine, lockable, owner, settle, gone, context);
        taken.push(machine);
      } catch (error) {
        missing.push(notTaken(machine, error as Error, context));
      }
    }
    const enough = backends.filter((each) => taken.includes(each)).length * 2 > backends.length;
    if (missing.length > 0 && !(mends && enough)) throw new RefusedError(missing);
    await Promise.all(taken.map(settle));
    await held.confirm();
    return held;
  } catch (error) {
    await held.release();
    throw context.signal?.aborted ? new StoppedError() : error;
  }
}

/** Its disk is full or read-only, or it went away. @throws what is not a matter of that machine alone */
function notTaken(machine: Machine, error: Error, { signal }: Context): Refusal {
  const fatal = error instanceof UnreachableError && error.fatal;
  if (fatal || error instanceof RefusedError || error instanceof LockLostError || signal?.aborted)
    throw error;
  return refuse({
    code: "lock",
    what: "Lock cannot be taken",
    where: machine.name,
    seen: error.message,
    next: "fix that machine, then run `pulumi up` again",
  });
}

async function takeOne(
  machine: Machine,
  { machines, breakLock = null }: Lockable,
  owner: LockOwner,
  settle: (machine: Machine) => Promise<void>,
  /** Runs that are known to have ended. */
  gone: Set<string>,
  context: Context,
): Promise<void> {
  const { clock } = context;
  const take = async (replacing?: string): Promise<SeenLock | null> => {
    const held = await machine.takeLock(owner, replacing);
    return held && { ...held, ...(await lastHeard(held, machines, clock)) };
  };
  let holder = await take();
  let watched: SeenLock | null = null;
  let heard = false;
  let since = clock.now();
  for (let takeOvers = 0; holder;) {
    const broken = holder.run !== "" && holder.run === breakLock;
    // A heartbeat while we watch: its owner lives; unless it is that of a third run, which takes the lock over.
    const beats: boolean = watched !== null && isBeat(watched, holder);
    // However long a look takes: whoever was heard meanwhile was not silent.
    if (watched?.run !== holder.run || beats) since = clock.now();
    const watchedFor = gone.has(holder.run) ? 2 * beatEvery : clock.now() - since;
    const ended = endedWhileWatched(holder, watchedFor, context);
    if (takeOvers === mostTakeOvers || (ended && holder.run === "")) throw lockedBy(holder, machine);
    if (ended || broken) {
      takeOvers += 1;
      // It may live, and loses the lock from the first machine on: no job of it runs by then, wherever.
      await Promise.all((broken ? machines : [machine]).map(settle));
      const now: SeenLock | null = broken ? holder : await take();
      // A job may have been waited for: whoever has been heard meanwhile lives, such as a laptop that slept.
      if (now?.run !== holder.run || isBeat(holder, now)) {
        gone.delete(holder.run);
        watched = null;
        heard = false;
        holder = now;
        continue;
      }
      gone.add(holder.run);
      const why = broken ? `breakLock names its run ${holder.run}` : ended;
      const what = broken ? "Breaking" : "Taking over";
      context.report({
        type: "note",
        text: `${what} the lock of ${holder.owner} on ${machine.name}: ${why}`,
      });
      holder = await take(holder.run);
      continue;
    }
    if ((beats && heard) || context.isAlive(holder.process)) throw lockedBy(holder, machine);
    heard = beats;
    if (!watched)
      context.report({
        type: "note",
        text: `Another run holds the lock on ${machine.name}; checking whether it is still alive`,
      });
    if (!beats) watched = holder;
    await clock.sleep(1000, context.signal);
    holder = await take();
  }
}

/**
 * Why the lock's run must have ended; null while it may live. Silence is told by the machines' clocks, and one that has just
 * been set says nothing: who lives is heard within the time of a heartbeat, and nobody who lives is silent for longer by our own
 * clock than a lock lasts.
 */
function endedWhileWatched(holder: LockState, milliseconds: number, context: Context): string | null {
  if (milliseconds > lockSilence * 1000) return "it gave no sign of life while watched";
  const certain = context.isAlive(holder.process) === false || milliseconds > 1.5 * beatEvery;
  return certain ? hasEnded(holder, context) : null;
}

/** A lock as one look at all machines that we reach shows it. */
interface SeenLock extends LockState {
  /** When any of them last heard from its run, in milliseconds of our clock; the error is less than half of `lookLimit`. */
  readonly heardAt: number;
}

/** Whether its run has been heard between two looks at a lock. */
const isBeat = (before: SeenLock, after: SeenLock) =>
  after.run === before.run && after.heardAt > before.heardAt + beatEvery / 2;

/**
 * When any machine that we reach has last heard from the lock's run. Cut off from one of them it may still be
 * heard by others: then it holds its majority, and goes on. One that gives no answer holds nobody up.
 */
async function lastHeard(
  { run, silent }: LockState,
  machines: readonly Machine[],
  clock: Clock,
): Promise<Pick<SeenLock, "silent" | "heardAt">> {
  const over = new AbortController();
  const late = clock.sleep(lookLimit, over.signal).then(() => null);
  const look = async (machine: Machine) => {
    const asked = clock.now();
    const reading = await Promise.race([machine.read([], over.signal), late]).catch(() => null);
    const lock = reading?.lock;
    if (lock?.run !== run) return [];
    return [{ silent: lock.silent, heardAt: (asked + clock.now()) / 2 - lock.silent * 1000 }];
  };
  const looks = (await Promise.all(machines.map(look))).flat();
  over.abort();
  await late.catch(() => undefined);
  return {
    silent: Math.min(silent, ...looks.map((each) => each.silent)),
    heardAt: looks.length > 0 ? Math.max(...looks.map((each) => each.heardAt)) : clock.now() - silent * 1000,
  };
}

/** How jobs are waited for that an earlier run has left running. */
export interface JobWait {
  /** Seconds. */
  readonly timeout: number;
  /** Those that the procedure itself goes on with, while they run. */
  readonly except?: (job: JobSummary) => boolean;
  /** As `Told.progress`, of such a job. */
  readonly progress?: (job: JobSummary, machine: Machine) => (() => Promise<string | null>) | null;
}

/**
 * Waits for jobs that an earlier run has left running on a node: they are attached to, never started again.
 * @throws RefusedError when one still runs after the time-out.
 */
export async function settleJobs(
  machine: Machine,
  { timeout, except = () => false, progress }: JobWait,
  context: Context,
): Promise<SettledJob[]> {
  const { jobs } = await machine.read([]);
  const settled: SettledJob[] = [];
  for (const job of jobs.filter((each) => each.state === "running" && !except(each))) {
    context.report({
      type: "note",
      text: `${machine.name}: the job ${job.id} of an earlier run still runs; waiting for its end, at most ${duration(timeout)}`,
    });
    const {
      result: end,
      limit,
      voice,
    } = await followTold(
      machine,
      job,
      context,
      {
        ...{ step: job.id, node: machine.name, timeout, progress: progress?.(job, machine) ?? null },
        deadline: context.clock.now() + timeout * 1000,
      },
      true,
    );
    if (end.state === "running")
      throw new RefusedError([
        refuse({
          code: "job",
          what: "Job of an earlier run still runs",
          where: machine.name,
          seen: `job ${job.id} of run ${job.run}, still running after ${duration(limit)}; ${voice.text(context.clock.now() / 1000)}`,
          next: [
            "look at that machine: this provider never kills a job",
            `if it cannot end by itself, end it there: \`kill -- -$(cut -d' ' -f1 /var/lib/pulumi-chef-backend/lock/*/jobs/${job.id}/pid)\``,
            "run `pulumi up` again",
          ].join("\n"),
        }),
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

function lockedBy(holder: LockState, machine: Machine): RefusedError {
  return new RefusedError([
    refuse({
      code: "locked",
      what: "Another run holds the lock",
      where: machine.name,
      seen: `${holder.owner}, run ${holder.run}, for ${duration(holder.age)}`,
      next: [
        `wait for it; a run that stays silent is taken over after ${lockSilence + (1.5 * beatEvery) / 1000} s`,
        `if it hangs, set \`breakLock: "${holder.run}"\``,
      ].join("\n"),
    }),
  ]);
}

/**
 * @param machines those on which the lock was taken so far.
 * @param backends all of them.
 */
function keepAlive(
  machines: readonly Machine[],
  backends: readonly Machine[],
  run: string,
  { clock }: Context,
): Omit<HeldLock, "settled" | "missing"> {
  const stop = new AbortController();
  let lost: LockLostError | null = null;
  /** When the last heartbeat was sent that has arrived, by machine. */
  const heard = new Map<Machine, Moment>();
  /** Why the last one did not. */
  const troubles = new Map<Machine, string>();
  const beat = async (machine: Machine) => {
    const sent = momentOf(clock);
    try {
      await machine.beat(run);
      if (sent.now >= (heard.get(machine)?.now ?? sent.now)) heard.set(machine, sent);
      troubles.delete(machine);
    } catch (error) {
      // A connection that is down for the moment is no reason to stop: the lock may well stand.
      if (error instanceof LockLostError) lost = error;
      else troubles.set(machine, (error as Error).message);
    }
  };
  const beating = (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(beatEvery, stop.signal).catch(() => undefined);
      // None waits for another: one that does not arrive is no reason for silence on the others.
      if (!stop.signal.aborted) void machines.map(beat);
    }
  })();
  const check = () => {
    if (lost) throw lost;
  };
  const isSure = () => {
    const sure = backends.filter((each) => heard.has(each) && sinceThen(clock, heard.get(each)!) <= sureFor);
    return sure.length * 2 > backends.length;
  };
  /** Until a majority has heard from us, or all have answered or failed. */
  const beatNow = () =>
    new Promise<void>((resolve) => {
      const each = async (machine: Machine) => {
        await beat(machine);
        if (lost || isSure()) resolve();
      };
      void Promise.all(machines.map(each)).then(() => resolve());
    });
  return {
    run,
    holds: (name) => machines.some((machine) => machine.name === name),
    check,
    confirm: async () => {
      check();
      if (isSure()) return;
      await beatNow();
      check();
      if (isSure()) return;
      const why = [...troubles.values()].map((trouble) => `; ${trouble}`).join("");
      throw new UnreachableError(
        `Too few backends can be reached to be sure that the cluster's lock is still this run's${why}`,
        false,
      );
    },
    release: async () => {
      stop.abort();
      await beating;
      await Promise.allSettled(machines.map((machine) => machine.releaseLock(run)));
    },
  };
}
