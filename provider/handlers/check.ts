import { isRebuild } from "../cluster/hop";
import type { ClusterState } from "../cluster/state";
import type { ClusterInputs } from "../inputs/schema";
import { type InputFailure, validate } from "../inputs/validate";
import { UnreachableError } from "../machine/machine";
import { observeCluster } from "../observe/observeCluster";
import {
  type HopPlan,
  mayBeOurs,
  merged,
  type NodePlan,
  type Plan,
  type Refusal,
  refusalText,
} from "../plan/plan";
import { isEssential } from "../plan/preflight";
import { unreachableNotes, whyUnreachable } from "../plan/refusals/anyMachine";
import type { UpgradeSpec } from "../plan/spec";
import { planUpgrade } from "../procedures/planUpgrade";
import { release } from "../versions/version";
import { adopted } from "./backendPlans";
import { expansionFromState, expansionOf } from "./expansion";
import { fromState } from "./fromState";
import { hopText } from "./hopText";
import { LocalFilesError } from "./localPackages";
import { lockNotes } from "./lockNotes";
import { refusalField } from "./refusalField";
import { specOf } from "./specOf";
import type { CheckedInputs, HandlerContext } from "./types";

export interface CheckOutcome {
  readonly inputs: Record<string, unknown>;
  readonly failures: readonly InputFailure[];
}

/**
 * Validates the inputs, then looks at the live cluster and expands them by what would happen to each node, so
 * that preview shows it. Changes nothing. Refusals fail only when something would change, and where an earlier run
 * owes something only those that do not pass by themselves: else they warn.
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
    spec = await specOf(inputs, adopted(olds), context);
  } catch (error) {
    if (error instanceof LocalFilesError) return { inputs: raw, failures: error.failures };
    throw error;
  }
  const live = await look(spec, inputs, context);
  if ("failure" in live) return { inputs: raw, failures: [{ property: "connection", reason: live.failure }] };
  const warn = (text: string) => context.report({ type: "warning", text });
  const gone = [...live.state.nodes, ...live.state.frontends].filter(
    ({ unreachable }) => unreachable !== null,
  );
  const warnOf = (machines: typeof gone) => {
    for (const text of unreachableNotes(machines)) warn(text);
  };
  if (live.state.nodes.some((node) => node.unreachable !== null)) {
    warnOf(gone);
    warn(fromState("cluster", live.state.nodes));
    return { inputs: { ...inputs, ...expansionFromState(spec, olds), displayUrn }, failures: [] };
  }
  const plan = planUpgrade(spec, live.state);
  // What a refusal says is not said by a warning, too.
  const isTold = (machine: (typeof gone)[number]) =>
    plan.refusals.some(({ where, seen }) => where.includes(machine.name) && seen === whyUnreachable(machine));
  warnOf(gone.filter((machine) => !isTold(machine)));
  const locks = live.state.nodes.flatMap(({ lock }) => (lock ? [lock] : []));
  for (const text of [...plan.warnings, ...lockNotes(locks, spec.breakLock, context, plan.owed)]) warn(text);
  const noWay = plan.refusals.some(({ code }) =>
    ["path", "downgrade", "frontendPath", "packageDatabase"].includes(code),
  );
  for (const text of noWay ? [] : wayNotes(plan)) context.report({ type: "note", text });
  // A yellow minute must not block the rest of a stack to which nothing would happen.
  const adopts = olds.backends === undefined;
  const fails = (refusal: Refusal) =>
    (wouldChange(plan) && !mayBeOurs(refusal, plan.owed)) || (adopts && isEssential(refusal));
  for (const refusal of merged(plan.refusals.filter((each) => !fails(each)))) warn(refusalText(refusal));
  const refused = merged(plan.refusals.filter(fails));
  return {
    inputs: {
      ...inputs,
      ...expansionOf(spec, plan, live.state, olds),
      displayUrn,
    },
    failures: refused.map((refusal) => ({
      property: refusalField(refusal, { frontends: live.state.frontends }),
      reason: refusalText(refusal),
    })),
  };
}

/** Something is to be done: also where a refusal leaves no steps by which it could be. */
function wouldChange(plan: Plan): boolean {
  const machines = changing([...plan.nodes, ...plan.frontends]);
  return plan.steps.length > 0 || plan.hops.length > 0 || machines.length > 0;
}

/** The upgrade in a few lines, for who reads no diff: the order, then each part of the way. */
function wayNotes(plan: Plan): string[] {
  const [first, ...later] = plan.hops;
  const together = first !== undefined && isRebuild(first);
  return [
    ...(together
      ? rebuildText(changing(plan.nodes), later)
      : orderText("In this order", changing(plan.nodes))),
    ...orderText("Frontends in this order", changing(plan.frontends)),
    ...plan.hops.map(hopText),
  ];
}

/** A rebuild has no order; the hop behind it reads the roles anew. */
function rebuildText(nodes: readonly NodePlan[], later: readonly HopPlan[]): string[] {
  if (nodes.length === 0) return [];
  const rolls = later.find(({ method }) => method === "rolling");
  const then = rolls ? `; then ${release(rolls.to)}, followers first, the leader last` : "";
  return [`The search index is rebuilt on ${nodes.map(({ name }) => name).join(", ")} together${then}`];
}

function orderText(lead: string, nodes: readonly NodePlan[]): string[] {
  if (nodes.length === 0) return [];
  return [`${lead}: ${nodes.map((node) => `${node.name} (${node.role}, ${node.because})`).join(", then ")}`];
}

function changing(nodes: readonly NodePlan[]): NodePlan[] {
  return nodes.filter((node) => node.order !== null).sort((a, b) => a.order! - b.order!);
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
