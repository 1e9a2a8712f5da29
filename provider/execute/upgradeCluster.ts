import { failoverReading } from "../cluster/failover";
import { newestRecord, type RunRecord } from "../cluster/record";
import type { ClusterState } from "../cluster/state";
import { type Machine, UnreachableError } from "../machine/machine";
import { observeCluster } from "../observe/observeCluster";
import type { Plan, Step } from "../plan/plan";
import { isEssential } from "../plan/preflight";
import type { UpgradeSpec } from "../plan/spec";
import { planRolling } from "../procedures/rolling";
import type { StepTiming } from "../report/events";
import { release } from "../versions/version";
import type { Context } from "./context";
import { RefusedError, StepFailedError, StoppedError } from "./errors";
import { takeLock } from "./lock";
import { Run } from "./run";
import { performers } from "./steps";
import { waitOut } from "./waitOut";
import { leave, type Left } from "./wayOut";

/** What a run has done, however it ended. */
export interface UpgradeResult {
  readonly state: ClusterState;
  readonly from: string;
  readonly to: string;
  readonly started: string;
  readonly finished: string;
  readonly timings: readonly StepTiming[];
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
  context: Context,
): Promise<UpgradeResult> {
  const started = context.timestamp();
  const state = await observeCluster(spec, machines, context.clock, "full");
  const plan = planRolling(spec, state);
  const result = (end: Partial<UpgradeResult>): UpgradeResult => ({
    ...{
      state,
      from: release(plan.from),
      to: release(spec.version),
      started,
      timings: [],
      touched: false,
      failure: null,
    },
    ...end,
    finished: context.timestamp(),
  });
  for (const debt of plan.owed) context.report({ type: "note", text: `To be mended first: ${debt}` });
  const record = newestRecord(state.nodes.map((node) => node.record));
  const untouched = (error: Error) => result({ failure: { error, left: leftBefore(state, record, error) } });
  const essential = plan.refusals.filter(isEssential);
  if (plan.steps.length === 0)
    return essential.length > 0 ? untouched(new RefusedError(essential)) : result({});
  // What an earlier run owes is mended even when the upgrade itself is refused.
  if (plan.owed.length === 0 && plan.refusals.some((each) => each.code !== "packageLock"))
    return untouched(new RefusedError(plan.refusals));

  // A majority is enough to mend: no other run can have all.
  const reachable = machines.filter((_machine, at) => state.nodes[at]!.unreachable === null);
  const locked = reachable.length * 2 > machines.length ? reachable : machines;
  let lock;
  try {
    lock = await takeLock(locked, spec.timeouts.upgrade, context);
  } catch (error) {
    return untouched(context.signal?.aborted ? new StoppedError() : (error as Error));
  }
  const run = new Run(spec, machines, context, lock, state, record, plan);
  try {
    if (locked.length < machines.length) throw new RefusedError(plan.refusals);
    await work(run);
    return result({ state: run.state, timings: run.timings, touched: run.touched });
  } catch (error) {
    const left = await leave(run);
    return result({
      state: run.state,
      timings: run.timings,
      touched: run.touched,
      failure: { error: error as Error, left },
    });
  } finally {
    await lock.release();
  }
}

/** A run takes a step so often at most: failover is blocked again where the leadership moves, not without end. */
const mostOften = 6;

async function work(run: Run): Promise<void> {
  let last = "";
  // What an earlier run did a moment ago need not show yet.
  const { clock } = run.context;
  const taken = new Map<string, number>();
  const rolesFrom = clock.now() + run.spec.timeouts.statusInterval * 1000;
  for (;;) {
    const state = last === "" ? await run.observe("full") : await run.freshState();
    run.record = newestRecord([run.record, ...state.nodes.map((node) => node.record)]);
    const plan = run.planFor(state);
    const step = plan.steps[0];
    if (!step) return;
    if (plan.refusals.length > 0) {
      await waitOut(run, plan);
      continue;
    }
    if (run.context.signal?.aborted && !run.record?.inside) throw new StoppedError();
    taken.set(step.id, (taken.get(step.id) ?? 0) + 1);
    if (step.id === last || taken.get(step.id)! > mostOften)
      throw new StepFailedError(step, "it ended well, yet a fresh observation asks for it again");
    if (step.kind === "upgrade-with-failover" && last === "" && clock.now() < rolesFrom) {
      const text = "an earlier run may have moved the leadership a moment ago";
      run.waiting(step, text, 0);
      await clock.sleep(rolesFrom - clock.now());
      continue;
    }
    await perform(run, step, plan);
    last = step.id;
  }
}

async function perform(run: Run, step: Step, plan: Plan): Promise<void> {
  const { clock, report } = run.context;
  const begun = clock.now();
  report({ type: "step-started", step: step.id, node: step.node, text: stepText(step, plan) });
  await performers[step.kind](run, step).catch((error: Error) => {
    throw error instanceof UnreachableError ? new StepFailedError(step, error.message) : error;
  });
  const seconds = (clock.now() - begun) / 1000;
  run.timings.push({ step: step.id, seconds: Math.round(seconds * 1000) / 1000 });
  report({ type: "step-finished", step: step.id, node: step.node, text: stepText(step, plan), seconds });
}

/** `2/3 backend-3 (follower): waiting for rejoin`. */
function stepText(step: Step, plan: Plan): string {
  const node = plan.nodes.find((each) => each.name === step.node);
  if (!node) return step.title;
  const done = plan.nodes.filter((each) => each.order === null).length;
  return `${done + (node.order ?? 1)}/${plan.nodes.length} ${node.name} (${node.role}): ${step.title}`;
}

/** How a run that could not begin finds failover: an earlier run may have left it off. */
function leftBefore(state: ClusterState, record: RunRecord | null, error: Error): Left {
  const locked = error instanceof RefusedError && error.refusals.some((each) => each.code === "locked");
  const off =
    record !== null && !record.finished && record.failover === "off" && failoverReading(state) !== "on";
  if (!off || locked) return { failover: "untouched", insideOf: null };
  return {
    failover: "off",
    insideOf: record.inside,
    why: "an earlier run turned it off, and this one could not begin",
  };
}
