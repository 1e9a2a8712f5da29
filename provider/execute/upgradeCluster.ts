import { newestRecord } from "../cluster/record";
import type { ClusterState } from "../cluster/state";
import { type Machine } from "../machine/machine";
import { observeCluster } from "../observe/observeCluster";
import type { Plan, Refusal, Step } from "../plan/plan";
import type { UpgradeSpec } from "../plan/spec";
import { planRolling } from "../procedures/rolling";
import { duration, type StepTiming } from "../report/events";
import type { Context } from "./context";
import { RefusedError, StepFailedError, StoppedError } from "./errors";
import { takeLock } from "./lock";
import { Run } from "./run";
import { performers } from "./steps";
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
    ...{ state, from: plan.from, to: spec.version, started, timings: [], touched: false, failure: null },
    ...end,
    finished: context.timestamp(),
  });
  for (const warning of plan.warnings) context.report({ type: "warning", text: warning });
  for (const debt of plan.owed) context.report({ type: "note", text: `To be mended first: ${debt}` });
  const untouched = (error: Error) =>
    result({ failure: { error, left: { failover: "untouched", insideOf: null } } });
  if (plan.steps.length === 0) return result({});
  // What an earlier run owes is mended even when the upgrade itself is refused.
  if (plan.owed.length === 0 && plan.refusals.some((each) => each.code !== "packageLock"))
    return untouched(new RefusedError(plan.refusals));

  let lock;
  try {
    lock = await takeLock(machines, spec.timeouts.upgrade, context);
  } catch (error) {
    return untouched(error as Error);
  }
  const run = new Run(
    spec,
    machines,
    context,
    lock,
    state,
    newestRecord(state.nodes.map((node) => node.record)),
    plan,
  );
  try {
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

async function work(run: Run): Promise<void> {
  let last = "";
  for (;;) {
    const state = last === "" ? await run.observe("full") : await run.freshState();
    run.record = newestRecord([run.record, ...state.nodes.map((node) => node.record)]);
    const plan = planRolling(run.spec, withRecord(state, run));
    const step = plan.steps[0];
    if (!step) return;
    if (plan.refusals.length > 0) {
      await waitOut(run, plan);
      continue;
    }
    if (run.context.signal?.aborted && !run.record?.inside) throw new StoppedError();
    if (step.id === last)
      throw new StepFailedError(step, "it ended well, yet a fresh observation asks for it again");
    await perform(run, step, plan);
    last = step.id;
  }
}

/** The record as we have written it: a node that could not be written to must not bring back an old one. */
function withRecord(state: ClusterState, run: Run): ClusterState {
  return { ...state, nodes: state.nodes.map((node) => ({ ...node, record: run.record })) };
}

async function perform(run: Run, step: Step, plan: Plan): Promise<void> {
  const { clock, report } = run.context;
  const begun = clock.now();
  report({ type: "step-started", step: step.id, node: step.node, text: stepText(step, plan) });
  await performers[step.kind](run, step);
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

/** Waits for what may pass by itself: a busy package manager, and between two nodes a cluster that settles. */
async function waitOut(run: Run, plan: Plan): Promise<void> {
  const { clock, report } = run.context;
  const hopeless = (refusals: readonly Refusal[]) =>
    refusals.some(
      (each) => each.waitable === 0 || (each.code === "unhealthy" && !run.touched && !run.record?.inside),
    );
  const begun = clock.now();
  let refusals = plan.refusals;
  while (refusals.length > 0) {
    const elapsed = (clock.now() - begun) / 1000;
    if (hopeless(refusals) || elapsed > Math.max(...refusals.map((each) => each.waitable)))
      throw new RefusedError(refusals);
    report({
      type: "waiting",
      step: plan.steps[0]!.id,
      node: plan.steps[0]!.node,
      text: refusals.map((each) => each.message).join("; "),
      seconds: elapsed,
    });
    await clock.sleep(Math.max(500, run.state.endedAt - run.state.startedAt));
    const state = await run.observe("full");
    refusals = planRolling(run.spec, withRecord(state, run)).refusals;
  }
  if (run.context.clock.now() - begun > 0)
    report({ type: "note", text: `Waited ${duration((clock.now() - begun) / 1000)}; it has passed` });
}
