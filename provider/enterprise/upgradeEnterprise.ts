import type { Context } from "../execute/context";
import { RefusedError } from "../execute/errors";
import { takeLock } from "../execute/lock";
import { takeSteps } from "../execute/takeSteps";
import type { Machine } from "../machine/machine";
import { mayBeOurs } from "../plan/plan";
import type { StepTiming } from "../report/events";
import { release } from "../versions/version";
import { EnterpriseRun } from "./enterpriseRun";
import { type EnterpriseLeft, leave, leftOf } from "./leave";
import { observeEnterprise } from "./observeEnterprise";
import { performers } from "./performers";
import type { EnterprisePlan } from "./plan";
import { planEnterprise } from "./planEnterprise";
import { isEssential } from "./refusals";
import type { EnterpriseSpec } from "./spec";
import type { EnterpriseState } from "./state";
import { viewOf } from "./view";

/** What a run has done, however it ended. */
export interface EnterpriseResult {
  readonly state: EnterpriseState;
  readonly from: string;
  readonly to: string;
  readonly started: string;
  readonly finished: string;
  readonly timings: readonly StepTiming[];
  /** Whether anything was changed. */
  readonly touched: boolean;
  /** Null when everything is as it was asked for. */
  readonly failure: { readonly error: Error; readonly left: EnterpriseLeft } | null;
}

/**
 * Brings the whole system to the wanted version, or destroys the old data: observe, plan, take the plan's first step,
 * and again, until nothing is left. Resuming an interrupted run is the same thing. Never throws for what happens on
 * the machines.
 */
export async function upgradeEnterprise(
  spec: EnterpriseSpec,
  machines: readonly Machine[],
  context: Context,
): Promise<EnterpriseResult> {
  const started = context.timestamp();
  const state = await observeEnterprise(spec, machines, context.clock, "full");
  const view = viewOf(spec, state);
  const plan = planEnterprise(spec, state);
  const result = (end: Partial<EnterpriseResult>): EnterpriseResult => ({
    ...{
      state,
      from: release(view.open ? view.record!.from : plan.from),
      to: release(spec.version),
      started,
    },
    ...{ timings: [], touched: false, failure: null, ...end },
    finished: context.timestamp(),
  });
  const untouched = (error: Error) => result({ failure: { error, left: leftOf(view) } });
  const refused = plan.refusals.filter((each) =>
    view.task === null ? isEssential(each) : each.code !== "packageLock" && !mayBeOurs(each, plan.owed),
  );
  if (refused.length > 0) return untouched(new RefusedError(refused));
  if (plan.steps.length === 0) return result({});
  let lock;
  try {
    const lockable = { backends: machines.slice(0, spec.nodes.length), machines, breakLock: spec.breakLock };
    const { install, upgrade, services } = spec.timeouts;
    lock = await takeLock(lockable, { timeout: Math.max(install, upgrade, services) }, context);
  } catch (error) {
    return untouched(error as Error);
  }
  const run = new EnterpriseRun(spec, machines, context, lock, state, view);
  const ended = () => ({ state: run.state, timings: run.journal.timings, touched: run.jobs.touched });
  try {
    await takeSteps<EnterprisePlan>({
      ...{ context, jobs: run.jobs, journal: run.journal },
      look: (whole) => run.look(whole),
      mayStop: () => mayStop(run),
      text: ({ node, title }) => (node === null ? title : `${node}: ${title}`),
      perform: (step) => performers[step.kind](run, step),
    });
    return result(ended());
  } catch (error) {
    const left = await leave(run);
    return result({ ...ended(), failure: { error: error as Error, left } });
  } finally {
    await lock.release();
  }
}

/** Not while clients are not answered because of us, nor half-way through: before that, and between two clean-ups. */
function mayStop({ view }: EnterpriseRun): boolean {
  const { task, anyBegun } = view;
  return task !== "upgrade" || !["stop", "stop-keepalived", "install"].some(anyBegun);
}
