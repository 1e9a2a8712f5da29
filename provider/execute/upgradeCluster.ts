import { failoverReading } from "../cluster/failover";
import { newestRecord, type RunRecord } from "../cluster/record";
import type { ClusterState } from "../cluster/state";
import { leaseAge } from "../cluster/viewAge";
import type { Machine } from "../machine/machine";
import { observeCluster } from "../observe/observeCluster";
import type { Plan, Refusal, Step } from "../plan/plan";
import { isEssential } from "../plan/preflight";
import { unreachableBackends } from "../plan/refusals/rule";
import { type Hop, isRebuild } from "../cluster/hop";
import { closedFrontends, sameHop } from "../plan/progress";
import type { UpgradeSpec } from "../plan/spec";
import { planUpgrade } from "../procedures/planUpgrade";
import { recommendations } from "../procedures/rebuildIndex";
import type { StepTiming } from "../report/events";
import { release } from "../versions/version";
import type { Backup } from "./backups";
import type { ClusterContext } from "./context";
import { RefusedError } from "./errors";
import { type JobWait, takeLock } from "./lock";
import { Mendings } from "./mendings";
import { recallReindex } from "./recall";
import { Run } from "./run";
import { performers } from "./steps";
import { startSearch } from "./startSearch";
import { takeSteps } from "./takeSteps";
import { leave, type Left, leftOf } from "./wayOut";
import { upgradeProgress } from "./upgradeProgress";
import { mayStop } from "./safePoint";

/** What a run has done, however it ended. */
export interface UpgradeResult {
  readonly state: ClusterState;
  readonly from: string;
  readonly to: string;
  readonly started: string;
  readonly finished: string;
  readonly timings: readonly StepTiming[];
  readonly backups: readonly Backup[];
  /** Whether anything was changed. */
  readonly touched: boolean;
  /** Null when the cluster is at the version and healthy. */
  readonly failure: Failure | null;
}

export interface Failure {
  readonly error: Error;
  readonly left: Left;
}

/**
 * Brings the cluster to the wanted version: observe, plan, take the plan's first step, and again, until nothing
 * is left to do. Resuming an interrupted run is the same thing. Never throws for what happens on the cluster.
 */
export async function upgradeCluster(
  spec: UpgradeSpec,
  machines: readonly Machine[],
  context: ClusterContext,
): Promise<UpgradeResult> {
  const started = context.timestamp();
  const state = await observeCluster(spec, machines, context.clock, "full");
  const plan = planUpgrade(spec, state);
  const result = (end: Partial<UpgradeResult>): UpgradeResult => ({
    ...{
      state,
      from: release(plan.from),
      to: release(spec.version),
      started,
      timings: [],
      backups: [],
      touched: false,
      failure: null,
    },
    ...end,
    finished: context.timestamp(),
  });
  const record = newestRecord(state.nodes.map((node) => node.record));
  const untouched = (error: Error) => result({ failure: { error, left: leftBefore(state, record, error) } });
  const essential = plan.refusals.filter(isEssential);
  if (plan.steps.length === 0)
    return essential.length > 0 ? untouched(new RefusedError(essential)) : result({});
  // What an earlier run owes is mended even when the upgrade itself is refused.
  if (plan.owed.length === 0 && plan.refusals.some((each) => each.code !== "packageLock"))
    return untouched(new RefusedError(plan.refusals));

  // A majority of backends is enough to mend: no other run can have one, too.
  const backends = machines.slice(0, spec.nodes.length);
  const locked = backends.filter((_machine, at) => state.nodes[at]!.unreachable === null);
  // With fewer nothing is locked: it would only be in the way of a run that reaches more.
  if (locked.length * 2 <= backends.length) return untouched(new RefusedError(tooFew(plan, state)));
  const acts =
    plan.hops.some((hop) => hop.method !== "rolling") || plan.steps.some((step) => isFrontend(spec, step));
  // A run that was killed behind its part of the frontends has left them locked.
  const frontends = machines.slice(spec.nodes.length).filter((_machine, at) => {
    const { unreachable, lock: left } = state.frontends[at]!;
    return unreachable === null && (acts || left !== null);
  });
  let lock;
  try {
    const lockable = {
      backends,
      machines: [...locked, ...frontends],
      breakLock: spec.breakLock,
      mends: true,
    };
    lock = await takeLock(lockable, jobWait(spec, record, machines, state), context);
  } catch (error) {
    return untouched(error as Error);
  }
  const run = new Run(spec, machines, context, lock, state, record, plan);
  const ended = (): Partial<UpgradeResult> => {
    const { jobs, journal, backups } = run;
    const { timings, record } = journal;
    return { state: withRecord(run.state, record), timings, touched: jobs.touched, backups };
  };
  try {
    await recallReindex(run, plan);
    const mendings = new Mendings();
    await mendings.attempt("Starting Elasticsearch", () => startSearch(run));
    for (const text of mendings.notes) context.report({ type: "note", text });
    const refusals = [...plan.refusals, ...lock.missing];
    if (locked.length < backends.length || lock.missing.length > 0) throw new RefusedError(refusals);
    await work(run);
    for (const text of recommendations(spec, run.state)) context.report({ type: "note", text });
    return result(ended());
  } catch (error) {
    const left = await leave(run);
    return result({ ...ended(), failure: { error: error as Error, left } });
  } finally {
    await lock.release();
  }
}

function tooFew({ refusals }: Plan, state: ClusterState): readonly Refusal[] {
  const why = "only a majority of the backends can tell whether another run is at work";
  return refusals.length > 0 ? refusals : unreachableBackends(state, why);
}

/** A state with the record as it is by now. */
function withRecord(state: ClusterState, record: RunRecord | null): ClusterState {
  return { ...state, nodes: state.nodes.map((node) => ({ ...node, record })) };
}

function isFrontend(spec: UpgradeSpec, step: Step): boolean {
  return spec.frontends?.nodes.some((node) => node.name === step.node) ?? false;
}

/** An `upgrade` after full downtime waits for the others: to wait for it before they are started is to wait in vain. */
function jobWait(
  spec: UpgradeSpec,
  record: RunRecord | null,
  machines: readonly Machine[],
  state: ClusterState,
): JobWait {
  const { upgrade, reindex, backup } = spec.timeouts;
  const open = record !== null && !record.finished ? record : null;
  const begun = (kind: RegExp) => open?.begun.some((id) => kind.test(id)) ?? false;
  const timeout = Math.max(
    upgrade,
    begun(/\/backup$/) ? backup : 0,
    begun(/\/reindex(-test)?$/) ? reindex : 0,
  );
  return {
    timeout,
    except: (job) => open?.hop?.method === "downtime" && job.id.endsWith("start-upgrade"),
    progress: ({ id }, { name }) =>
      upgradeProgress(spec, machines, { kind: id.replace(/^.*?-\d+-/, ""), timeout }, name, state),
  };
}

async function work(run: Run): Promise<void> {
  const { clock } = run.context;
  // What an earlier run did a moment ago need not show yet: a leader that went leads until its lease is over, and who leads
  // then is posted later still.
  const wait = leaseAge(run.state.nodes) + run.viewAge;
  const rolesFrom = clock.now() + wait * 1000;
  const look = async (whole: boolean): Promise<Plan> => {
    const state = whole ? await run.observe("full") : await run.freshState();
    run.journal.record = newestRecord([run.record, ...state.nodes.map((node) => node.record)]);
    const plan = await nextPlan(run, state, whole ? null : run.hop);
    const [step] = plan.steps;
    const early = step?.kind === "upgrade-with-failover" && whole && clock.now() < rolesFrom;
    if (!early || plan.refusals.length > 0) return plan;
    run.waiting(step, "an earlier run may have moved the leadership a moment ago", 0, wait);
    await clock.sleep(rolesFrom - clock.now());
    return look(whole);
  };
  await takeSteps<Plan>({
    ...{ context: run.context, jobs: run.jobs, journal: run.journal, look },
    part: ({ hops }) => `${hops[0]!.method} ${hops[0]!.to}`,
    mayStop: () => mayStop(run.record),
    text: stepText,
    perform: (step) => performers[step.kind](run, step),
  });
}

/** A new hop begins with a whole reading: what holds for it was last looked at before the one that has ended. */
async function nextPlan(run: Run, state: ClusterState, before: Hop | null): Promise<Plan> {
  const plan = run.planFor(state);
  if (before === null || plan.steps.length === 0 || sameHop(before, run.hop)) return plan;
  const fresh = run.planFor(await run.observe("full"));
  const named = (hop: Hop, otherwise: string) =>
    isRebuild(hop) ? `search index on ${release(hop.to)}` : otherwise;
  const done = named(before, release(before.to));
  const next = named(run.hop, `${release(run.hop.from)} => ${run.hop.to}`);
  run.context.report({ type: "note", text: `Done and verified: ${done}. Next: ${next}` });
  return fresh;
}

/** `2/3 backend-3: waiting for rejoin`; without its place where the step is not its part of the hop. */
function stepText(step: Step, plan: Plan): string {
  const all = plan.frontends.some((each) => each.name === step.node) ? plan.frontends : plan.nodes;
  const node = all.find((each) => each.name === step.node);
  if (!node) return step.title;
  const done = all.filter((each) => each.order === null).length;
  const place = node.order === null || step.kind === "backup" ? "" : `${done + node.order}/${all.length} `;
  return `${place}${node.name}: ${step.title}`;
}

/** How a run that could not begin finds failover: an earlier run may have left it off. */
function leftBefore(state: ClusterState, record: RunRecord | null, error: Error): Left {
  const locked = error instanceof RefusedError && error.refusals.some((each) => each.code === "locked");
  const off =
    record !== null && !record.finished && record.failover === "off" && failoverReading(state) !== "on";
  const rest = { ...leftOf(record), closed: locked ? [] : closedFrontends(record) };
  if (!off || locked) return { ...rest, failover: "untouched", insideOf: null };
  return {
    ...rest,
    failover: "off",
    insideOf: record.inside,
    why: "an earlier run turned it off, and this one could not begin",
  };
}
