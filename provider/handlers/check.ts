import type { ClusterState } from "../cluster/state";
import { hasEnded } from "../execute/lock";
import type { ClusterInputs } from "../inputs/schema";
import { type InputFailure, validate } from "../inputs/validate";
import { UnreachableError } from "../machine/machine";
import { observeCluster } from "../observe/observeCluster";
import type { Plan, Refusal } from "../plan/plan";
import { refusalText } from "../plan/plan";
import { isEssential } from "../plan/preflight";
import type { UpgradeSpec } from "../plan/spec";
import { planRolling } from "../procedures/rolling";
import { duration } from "../report/events";
import { backendPlans, knownGuids, plansFromState } from "./backendPlans";
import { specOf } from "./specOf";
import type { CheckedInputs, HandlerContext } from "./types";

export interface CheckOutcome {
  readonly inputs: Record<string, unknown>;
  readonly failures: readonly InputFailure[];
}

/**
 * Validates the inputs, then looks at the live cluster and expands them by what would happen to each node, so
 * that preview shows it. Changes nothing. Refusals fail only when something would change: else they warn.
 */
export async function check(
  olds: Partial<CheckedInputs>,
  raw: Record<string, unknown>,
  isUnknown: (value: unknown) => boolean,
  context: HandlerContext,
): Promise<CheckOutcome> {
  const { displayUrn, ...given } = raw;
  const { inputs, failures } = validate(given, isUnknown);
  if (!inputs) return { inputs: raw, failures };
  let spec: UpgradeSpec;
  try {
    spec = await specOf(inputs, knownGuids(olds.backends), context);
  } catch (error) {
    return { inputs: raw, failures: [{ property: "packageFile.source", reason: (error as Error).message }] };
  }
  const live = await look(spec, inputs, context);
  if ("failure" in live) return { inputs: raw, failures: [{ property: "connection", reason: live.failure }] };
  const warn = (text: string) => context.report({ type: "warning", text });
  const unreachable = live.state.nodes.filter((node) => node.unreachable !== null);
  if (unreachable.length > 0) {
    for (const node of unreachable) warn(`${node.name} cannot be reached: ${node.unreachable}`);
    warn("What would happen is told from the state, not from the cluster");
    return { inputs: { ...inputs, backends: plansFromState(spec, olds.backends), displayUrn }, failures: [] };
  }
  const plan = planRolling(spec, live.state);
  for (const text of [...plan.warnings, ...lockNotes(live.state, context)]) warn(text);
  for (const debt of plan.owed) warn(`To be mended first: ${debt}`);
  const order = orderText(plan);
  if (order) context.report({ type: "note", text: order });
  // A yellow minute must not block the rest of a stack to which nothing would happen.
  const adopts = olds.backends === undefined;
  const fails = (refusal: Refusal) => plan.steps.length > 0 || (adopts && isEssential(refusal));
  for (const refusal of plan.refusals.filter((each) => !fails(each))) warn(refusalText(refusal));
  const refused = plan.refusals.filter(fails);
  return {
    inputs: {
      ...inputs,
      backends: backendPlans(plan, live.state),
      ...(plan.owed.length > 0 ? { unfinished: plan.owed } : {}),
      displayUrn,
    },
    failures: refused.map((refusal) => ({ property: fieldOf(refusal), reason: refusalText(refusal) })),
  };
}

/** The upgrade in one line, for who reads no diff; null when nothing will happen. */
function orderText(plan: Plan): string | null {
  const changing = plan.nodes.filter((node) => node.order !== null).sort((a, b) => a.order! - b.order!);
  if (changing.length === 0) return null;
  return `In this order: ${changing.map((node) => `${node.name} (${node.role}, ${node.because})`).join(", then ")}`;
}

async function look(
  spec: UpgradeSpec,
  inputs: ClusterInputs,
  context: HandlerContext,
): Promise<{ state: ClusterState } | { failure: string }> {
  const machines = context.connect(inputs, true);
  try {
    return { state: await observeCluster(spec, machines, context.clock, "full") };
  } catch (error) {
    if (error instanceof UnreachableError) return { failure: error.message };
    throw error;
  } finally {
    await Promise.all(machines.map((machine) => machine.close()));
  }
}

function lockNotes(state: ClusterState, context: HandlerContext): string[] {
  const locked = state.nodes.find((node) => node.lock !== null);
  if (!locked?.lock) return [];
  const ended = hasEnded(locked.lock, context);
  const since = `since ${duration(locked.lock.age)} (run ${locked.lock.run})`;
  return [
    ended
      ? `${locked.lock.owner} holds the cluster's lock ${since}, but ${ended}: the next \`pulumi up\` takes it over`
      : `The cluster is being upgraded by ${locked.lock.owner} ${since}: \`pulumi up\` would be refused`,
  ];
}

const fields: Record<string, string> = {
  downgrade: "version",
  path: "version",
  packageFile: "packageFile",
  root: "connection",
  failover: "takeOverFailover",
};

function fieldOf(refusal: Refusal): string {
  return fields[refusal.code] ?? "nodes";
}
