import { parseRecord, newestRecord, onByGuard, type RunRecord } from "../cluster/record";
import { leaseAge } from "../cluster/viewAge";
import { shardHealth } from "../commands/facts";
import { momentOf, sinceThen } from "../machine/clock";
import { type FailoverGuard, type Reading, UnreachableError } from "../machine/machine";
import type { Step } from "../plan/plan";
import { ChangedMeanwhileError, StepFailedError } from "./errors";
import { settleJobs } from "./lock";
import type { Run } from "./run";

/** Seconds beyond the silence: a cluster that was not healthy for a day is a person's matter. */
const giveUp = 24 * 3600;
/**
 * Seconds after which roles and health may be others than those that the step was planned from: what the backends show of
 * each other is as old as that by itself.
 */
const staleAfter = 15;
/** Seconds: the least pause between two looks, whatever the cluster's own intervals are. */
const shortestPause = 5;

/**
 * The guard that a job leaves on its backend (`spec.failoverGuard`), whatever the job was for: while failover is off by
 * us, and nobody goes on, none of them must leave it so. A later job on the same backend ends the one of before.
 */
export function guardOf(run: Run, node: string): { readonly guard?: FailoverGuard } {
  const { target: spec, record, backends } = run;
  const isBackend = backends.some(({ name }) => name === node);
  if (spec.failoverGuard === 0 || record?.failover !== "off" || !isBackend) return {};
  // Two looks in a row must not show one and the same view.
  const pause = Math.max(shortestPause, Math.ceil(run.viewAge));
  const silence = Math.ceil(spec.failoverGuard);
  const lease = Math.ceil(leaseAge(run.state.nodes));
  const mixed = spec.search === "mixed" ? { mixed: shardHealth(run.placesOn(node)).argv } : {};
  return {
    guard: { node, silence, pause, lease, giveUp: silence + giveUp, backends: spec.nodes.length, ...mixed },
  };
}

/**
 * Writes the record before a change that no guard may cross: on every backend, since a guard goes by the record on
 * its own. A guard that is just turning failover on is waited for.
 * @throws ChangedMeanwhileError when one has done so, and failover was to be off, or when all of that has taken long:
 * nothing was begun.
 * @throws StepFailedError when a backend could not be written to in `timeouts.healthy`.
 */
export async function announce(run: Run, step: Step, change: Partial<RunRecord>): Promise<void> {
  const { clock } = run.context;
  const before = run.record;
  const { failover = "on", inside = null, insideGuid = null, begun = [] } = before ?? {};
  const was = { ...(change.failover ? { failover } : {}), ...(change.begun ? { begun } : {}) };
  const withdraw = () => run.writeRecord({ inside, insideGuid, ...was });
  const start = momentOf(clock);
  for (;;) {
    const missing = await run.writeRecord(change);
    const readings = run.spec.failoverGuard === 0 ? [] : missing.length === 0 ? await readAll(run) : null;
    if (readings) {
      const on = !change.failover && undone(run, readings);
      const waited = sinceThen(clock, start) / 1000;
      if (!on && (waited < staleAfter || (await isStillNext(run, step, before)))) return;
      await withdraw();
      throw new ChangedMeanwhileError(
        on
          ? "A backend has turned failover on meanwhile: it saw no sign of life of this run"
          : `Announcing the step to all backends took ${Math.round(waited)} s, and another one is due by now`,
      );
    }
    run.lock.check();
    const hopeless = missing.find((each) => each instanceof UnreachableError && each.fatal);
    const elapsed = (clock.now() - start.now) / 1000;
    const what = `the run record must stand on every backend, since their guards go by it: ${missing.map(({ message }) => message).join("; ") || "one cannot be read"}`;
    if (hopeless || elapsed > run.spec.timeouts.healthy) {
      run.jobs.touched = true;
      await withdraw();
      throw new StepFailedError(step, `${what}. Nothing was begun; the next \`pulumi up\` goes on from here`);
    }
    run.waiting(step, what, elapsed, run.spec.timeouts.healthy);
    await clock.sleep(1000);
    // The one that cannot be written to may be the leader: a reading notices that nobody leads.
    await run.observe().catch(() => undefined);
  }
}

/** Whether the same is to be done by a reading from after the announcement: each command may be slow to begin. */
async function isStillNext(run: Run, step: Step, before: RunRecord | null): Promise<boolean> {
  const { steps, refusals } = run.planFor(await run.observe(), before);
  const { id, kind, commands } = step;
  const [next] = steps;
  return (
    refusals.length === 0 &&
    next?.id === id &&
    next.kind === kind &&
    JSON.stringify(next.commands) === JSON.stringify(commands)
  );
}

/** What lies on every backend, once no guard acts any more; null when one cannot be read. */
async function readAll(run: Run): Promise<Reading[] | null> {
  const { spec, context, backends } = run;
  try {
    const wait = { timeout: spec.timeouts.failover, except: ({ id }: { id: string }) => !isGuard(id) };
    await Promise.all(backends.map((machine) => settleJobs(machine, wait, context)));
    return await Promise.all(backends.map((machine) => machine.read([])));
  } catch (error) {
    if (error instanceof UnreachableError && !error.fatal) return null;
    throw error;
  }
}

/** A guard that acts is a job of its own: see gate/guardScript.ts. */
function isGuard(id: string): boolean {
  return /-guard-\d+$/.test(id);
}

function undone(run: Run, readings: readonly Reading[]): boolean {
  const records = readings.map(({ record, guard }) => parseRecord(record, guard));
  return run.record?.failover === "off" && onByGuard(newestRecord([run.record, ...records]));
}
