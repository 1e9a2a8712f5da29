import { parseRecord, newestRecord, onByGuard, type RunRecord } from "../cluster/record";
import { type FailoverGuard, type Reading, UnreachableError } from "../machine/machine";
import type { Step } from "../plan/plan";
import type { UpgradeSpec } from "../plan/spec";
import { ChangedMeanwhileError, StepFailedError } from "./errors";
import { settleJobs } from "./lock";
import type { Run } from "./run";

/** After these failover is off, by us: if nobody goes on, their node must not leave it so. */
const guarded: ReadonlySet<string> = new Set([
  "failover-off",
  "install",
  "finish-install",
  "upgrade",
  "upgrade-again",
]);

/** Seconds: a cluster that was not healthy for a day is a person's matter. */
const giveUp = 24 * 3600;
/** Seconds of waiting after which roles and health may be others than those that the step was planned from. */
const staleAfter = 5;
/** Seconds: the least pause between two looks, whatever the cluster's own intervals are. */
const shortestPause = 5;

/**
 * The guard that a step's job leaves on its node (`spec.failoverGuard`).
 * @param viewAge seconds: two looks in a row must not show one and the same view
 * @param leaseAge seconds for which a leader that is gone may still be the leader
 * @param shards what asks a node's Elasticsearch for its shards
 */
export function guardOf(
  spec: UpgradeSpec,
  step: Pick<Step<string>, "kind">,
  node: string,
  viewAge: number,
  leaseAge: number,
  shards: (node: string) => readonly string[],
): { readonly guard?: FailoverGuard } {
  if (spec.failoverGuard === 0 || !guarded.has(step.kind)) return {};
  const pause = Math.max(shortestPause, Math.ceil(viewAge));
  const [silence, lease] = [Math.ceil(spec.failoverGuard), Math.ceil(leaseAge)];
  const mixed = spec.search === "mixed" ? { mixed: shards(node) } : {};
  return { guard: { node, silence, pause, giveUp, lease, backends: spec.nodes.length, ...mixed } };
}

/**
 * Writes the record before a change that no guard may cross: on every backend, since a guard goes by the record on
 * its own. A guard that is just turning failover on is waited for.
 * @throws ChangedMeanwhileError when one has done so, and failover was to be off, or when the backends had to be waited
 * for: nothing was begun.
 * @throws StepFailedError when a backend could not be written to in `timeouts.healthy`.
 */
export async function announce(run: Run, step: Step, change: Partial<RunRecord>): Promise<void> {
  const { clock } = run.context;
  const { failover = "on", inside = null, insideGuid = null } = run.record ?? {};
  const withdraw = () => run.writeRecord({ inside, insideGuid, ...(change.failover ? { failover } : {}) });
  const begun = clock.now();
  for (let tries = 0; ; tries++) {
    const missing = await run.writeRecord(change);
    if (run.spec.failoverGuard === 0) return;
    const readings = missing.length === 0 ? await readAll(run) : null;
    if (readings) {
      const on = !change.failover && undone(run, readings);
      const waited = tries > 0 ? (clock.now() - begun) / 1000 : 0;
      if (!on && waited < staleAfter) return;
      await withdraw();
      throw new ChangedMeanwhileError(
        on
          ? "A backend has turned failover on meanwhile: it saw no sign of life of this run"
          : `All backends had to be waited for ${Math.round(waited)} s: the cluster is read again before anything is begun`,
      );
    }
    run.lock.check();
    const hopeless = missing.find((each) => each instanceof UnreachableError && each.fatal);
    const elapsed = (clock.now() - begun) / 1000;
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
