import type { Context } from "../execute/context";
import { RefusedError } from "../execute/errors";
import { takeLock } from "../execute/lock";
import { takeSteps } from "../execute/takeSteps";
import { newestJournal } from "../machine/journal";
import type { Machine } from "../machine/machine";
import type { StepTiming } from "../report/events";
import { building } from "./buildPerformers";
import { copying } from "./copyPerformers";
import { byPlace } from "./inputs";
import { observeMigration } from "./observeMigration";
import type { Performers } from "./performers";
import type { MigrationPlan } from "./plan";
import { planMigration } from "./planMigration";
import { closedSource, type MigrationRecord } from "./record";
import { MigrationRun } from "./run";
import type { MigrationSpec } from "./spec";
import type { MigrationState } from "./state";
import { leave } from "./wayOut";

/** What a run has done, however it ended. */
export interface MigrationResult {
  readonly state: MigrationState;
  readonly record: MigrationRecord | null;
  readonly started: string;
  readonly finished: string;
  readonly timings: readonly StepTiming[];
  /** Whether anything was changed. */
  readonly touched: boolean;
  /** Null when what was asked for is done. */
  readonly failure: { readonly error: Error; readonly notes: readonly string[] } | null;
}

const performers: Performers = { ...building, ...copying };

/**
 * Moves a Chef server from its old pair to a new cluster, or rehearses it: observe, plan, take the plan's first step, and
 * again, until nothing is left. Resuming is the same thing. Never throws for what happens on the machines.
 */
export async function migrate(
  spec: MigrationSpec,
  machines: readonly Machine[],
  context: Context,
): Promise<MigrationResult> {
  const started = context.timestamp();
  const state = await observeMigration(spec, machines, context.clock, "full");
  const record = newestJournal(state.nodes.map(({ migration }) => migration));
  const plan = planMigration(spec, state);
  const result = (end: Partial<MigrationResult>): MigrationResult => ({
    ...{ state, record, started, timings: [], touched: false, failure: null },
    ...end,
    finished: context.timestamp(),
  });
  const untouched = (error: Error) => result({ failure: { error, notes: [] } });
  if (plan.steps.length === 0) return result({});
  // An old frontend that an earlier run has closed is opened again even when the migration itself is refused.
  const owes = closedSource(record).length > 0 && !record!.migrated;
  if (!owes && plan.refusals.some(({ code }) => code !== "packageLock"))
    return untouched(new RefusedError(plan.refusals));
  let lock;
  try {
    const { restore, backup } = spec.timeouts;
    lock = await takeLock(
      lockable(spec, state, record, machines),
      { timeout: Math.max(restore, backup) },
      context,
    );
  } catch (error) {
    return untouched(error as Error);
  }
  const run = new MigrationRun(spec, machines, context, lock, state, record);
  const ended = (): Partial<MigrationResult> => ({
    ...{ state: run.state, record: run.record, timings: run.journal.timings, touched: run.jobs.touched },
  });
  try {
    await work(run);
    return result(ended());
  } catch (error) {
    const notes = await leave(run);
    return result({ ...ended(), failure: { error: error as Error, notes } });
  } finally {
    await lock.release();
  }
}

/** All new machines; of the old ones the frontend where knife runs, and those that are closed. Nothing on the old pair. */
function lockable(
  spec: MigrationSpec,
  state: MigrationState,
  record: MigrationRecord | null,
  machines: readonly Machine[],
): Parameters<typeof takeLock>[0] {
  const places = byPlace({ ...spec.cluster, source: spec.source }, machines);
  const closed = closedSource(record);
  const old = places.oldFrontends.filter(
    ({ name }, at) => at === 0 || !spec.rehearse || closed.includes(name),
  );
  const gone = [...state.nodes, ...state.frontends, ...state.oldFrontends]
    .filter(({ unreachable }) => unreachable !== null)
    .map(({ name }) => name);
  const all = [...places.nodes, ...places.frontends, ...old].filter(({ name }) => !gone.includes(name));
  return { backends: places.nodes, machines: all, breakLock: spec.breakLock };
}

async function work(run: MigrationRun): Promise<void> {
  await takeSteps<MigrationPlan>({
    ...{ context: run.context, jobs: run.jobs, journal: run.journal },
    look: (whole) => run.look(whole),
    // Whatever is closed is opened again by who stops.
    mayStop: () => true,
    text: ({ node, title }) => (node === null ? title : `${node}: ${title}`),
    perform: (step) => performers[step.kind as keyof Performers](run, step),
  });
}
