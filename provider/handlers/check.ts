import { isRebuild } from "../cluster/hop";
import { wouldCleanUp } from "../commands/chefServerCtl";
import { clusterInputs } from "../inputs/schema";
import { validate } from "../inputs/validate";
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
import { planUpgrade } from "../procedures/planUpgrade";
import { release } from "../versions/version";
import { adopted } from "./adopted";
import { acts, expansionFromState, expansionLater, expansionOf } from "./expansion";
import { changedInputs, withoutAdded } from "./given";
import { fromState } from "./fromState";
import { hopText } from "./hopText";
import { leftovers } from "./leftovers";
import { lockNotes } from "./lockNotes";
import { failuresOf } from "./refusalField";
import { reporter } from "./reporter";
import { specOf } from "./specOf";
import { nextTurn } from "./turn";
import { unchecked } from "./unchecked";
import { lookAt } from "./usingMachines";
import type { CheckedInputs, CheckOutcome, Expansion, HandlerContext } from "./types";

/** What `check` adds to the inputs: dropped before they are validated. */
export const added = ["backends", "frontendPlans", "hops", "unfinished", "__adopted", "__turn", "__left"];

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
  const given = withoutAdded(raw, added);
  const validated = validate(given, isUnknown);
  const { inputs } = validated;
  const report = reporter(context);
  if (!inputs) return unchecked(given, validated, olds, report, expansionLater);
  const spec = await specOf(inputs, adopted(olds), context);
  const live = await lookAt(context.connect(inputs, true), async (machines) => {
    const state = await observeCluster(spec, machines, context.clock, "full");
    const plan = planUpgrade(spec, state);
    const cleaned = plan.steps.flatMap(({ kind, node }) => (kind === "cleanup-frontend" ? [node!] : []));
    const argv = wouldCleanUp(spec.frontends?.acceptLicense ?? false);
    return { state, plan, left: await leftovers(machines, cleaned, argv) };
  });
  if ("failure" in live)
    return { inputs: given, failures: [{ property: "connection", reason: live.failure }] };
  const { state, plan, left } = live.state;
  const { warn } = report;
  const adopts = olds.backends === undefined;
  const changed = adopts ? [] : changedInputs(clusterInputs, olds, inputs);
  const away = state.nodes.some((node) => node.unreachable !== null);
  const isLeft = away && olds.__left === true;
  const outcome = (expansion: Expansion, refusals: readonly Refusal[]): CheckOutcome => {
    const does = acts(expansion) || isLeft;
    if (!does) report.onlyTheState(changed);
    return {
      inputs: { ...inputs, ...expansion, ...nextTurn(olds, does) },
      failures: failuresOf(refusals, { frontends: state.frontends }),
    };
  };
  const gone = [...state.nodes, ...state.frontends].filter(({ unreachable }) => unreachable !== null);
  const warnOf = (machines: typeof gone) => {
    for (const text of unreachableNotes(machines)) warn(text);
  };
  // What a refusal says is not said by a warning, too.
  const isTold = (machine: (typeof gone)[number]) =>
    plan.refusals.some(({ where, seen }) => where.includes(machine.name) && seen === whyUnreachable(machine));
  if (away) {
    const expansion = expansionFromState(spec, olds);
    const writes = !adopts && (acts(expansion) || isLeft || changed.length > 0);
    // What an earlier run owes is mended without the machine that cannot be reached.
    const refused = plan.refusals.filter(
      (each) => writes && each.code === "unreachable" && !mayBeOurs(each, plan.owed),
    );
    warnOf(refused.length > 0 ? gone.filter((machine) => !isTold(machine)) : gone);
    if (refused.length === 0) warn(fromState("cluster", state.nodes));
    return outcome(expansion, refused);
  }
  warnOf(gone.filter((machine) => !isTold(machine)));
  const locks = state.nodes.flatMap(({ lock }) => (lock ? [lock] : []));
  for (const text of [...plan.warnings, ...left, ...lockNotes(locks, spec.breakLock, context, plan.owed)])
    warn(text);
  const noWay = plan.refusals.some(({ code }) =>
    ["path", "downgrade", "frontendPath", "packageDatabase"].includes(code),
  );
  for (const text of noWay ? [] : wayNotes(plan)) report.note(text);
  // A yellow minute must not block the rest of a stack to which nothing would happen.
  const fails = (refusal: Refusal) =>
    ((wouldChange(plan) || (changed.length > 0 && isEssential(refusal))) && !mayBeOurs(refusal, plan.owed)) ||
    (adopts && isEssential(refusal));
  for (const refusal of merged(plan.refusals.filter((each) => !fails(each)))) warn(refusalText(refusal));
  return outcome(expansionOf(spec, plan, state, olds), plan.refusals.filter(fails));
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
