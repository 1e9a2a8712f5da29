import { changedInputs, withoutAdded } from "../../handlers/given";
import { lockNotes } from "../../handlers/lockNotes";
import { reporter } from "../../handlers/reporter";
import { nextTurn } from "../../handlers/turn";
import { unchecked } from "../../handlers/unchecked";
import { lookAt } from "../../handlers/usingMachines";
import { failuresOf, type Fields, type Lists } from "../../handlers/refusalField";
import type { CheckOutcome, HandlerContext } from "../../handlers/types";
import { validateBy } from "../../inputs/validate";
import { newestJournal } from "../../machine/journal";
import { merged, refusalText } from "../../plan/plan";
import { unreachableNotes } from "../../plan/refusals/anyMachine";
import { allMachines, migrationInputs } from "../inputs";
import { observeMigration } from "../observeMigration";
import { isOurs, type MigrationStep } from "../plan";
import { planMigration } from "../planMigration";
import { type MigrationState, neededMachines } from "../state";
import { migrationSpecOf } from "./specOf";
import type { MigrationProperties } from "./types";

/** The input by which a refusal can be mended, by its code; the others are about the machines. */
const fields: Fields = {
  ...{ source: "source", drbd: "source", root: "connection", version: "version", downtime: "allowDowntime" },
  ...{
    packageFile: "packageFile",
    frontendPackage: "frontends.packageFile",
    license: "frontends.acceptLicense",
  },
  ...{ backendConfig: "backendConfig", tidy: "tidy" },
};

/** What `check` adds to the inputs: dropped before they are validated. */
export const added = ["planned", "downtime", "unfinished", "__over", "__turn", "__left"];

/**
 * Validates the inputs, then looks at both systems and adds what would happen, so that preview shows it. Changes
 * nothing. Once the data have moved the old system need not even be there any more.
 */
export async function checkMigration(
  olds: Partial<MigrationProperties>,
  raw: Record<string, unknown>,
  isUnknown: (value: unknown) => boolean,
  context: HandlerContext,
): Promise<CheckOutcome> {
  const given = withoutAdded(raw, added);
  const validated = validateBy(migrationInputs, given, isUnknown);
  const { inputs } = validated;
  const report = reporter(context);
  const { warn } = report;
  if (!inputs) return unchecked(given, validated, olds, report, (when) => ({ planned: [when] }));
  const isNew = olds.version === undefined;
  const changed = isNew ? [] : changedInputs(migrationInputs, olds, inputs);
  if (olds.__over) {
    if (changed.includes("version"))
      warn(
        "The migration is done: upgrade the new cluster with ChefBackendCluster, and take this resource out of the program",
      );
    report.onlyTheState(changed);
    return { inputs: { ...inputs, __over: true, ...nextTurn(olds, false) }, failures: [] };
  }
  const spec = await migrationSpecOf(inputs, context);
  const live = await lookAt(context.connect(allMachines(inputs), true), (machines) =>
    observeMigration(spec, machines, context.clock, "full"),
  );
  if ("failure" in live)
    return { inputs: given, failures: [{ property: "connection", reason: live.failure }] };
  const { state } = live;
  const record = newestJournal(state.nodes.map(({ migration }) => migration));
  const isDone = record !== null && record.migrated && record.finished;
  const gone = isDone ? [] : neededMachines(state, record).filter(({ unreachable }) => unreachable !== null);
  const plan = planMigration(spec, state);
  if (gone.length > 0) {
    const isLeft = olds.__left === true;
    // What an earlier run owes is mended without the machine that cannot be reached.
    const writes = (isLeft || changed.length > 0) && plan.owed.length === 0;
    const refused = plan.refusals.filter((each) => writes && each.code === "unreachable");
    for (const text of refused.length > 0 ? [] : unreachableNotes(gone)) warn(text);
    const planned = ["what is left to be done is found when every machine can be reached"];
    return {
      inputs: { ...inputs, planned, ...nextTurn(olds, isLeft) },
      failures: failuresOf(refused, listsOf(state), fields),
    };
  }
  const locks = state.nodes.flatMap(({ lock }) => (lock ? [lock] : []));
  for (const text of [...plan.warnings, ...lockNotes(locks, spec.breakLock, context, plan.owed)]) warn(text);
  // What goes down is part of the refusal where it is not approved.
  if (plan.downtime !== null && plan.refusals.every(({ code }) => code !== "downtime"))
    report.note(`Downtime: ${plan.downtime}`);
  const ours = plan.refusals.filter((each) => isOurs(each, plan.owed));
  for (const refusal of merged(ours)) warn(refusalText(refusal));
  const acts = plan.steps.length > 0 || plan.owed.length > 0;
  if (!acts) report.onlyTheState(changed);
  return {
    inputs: {
      ...inputs,
      ...(plan.steps.length > 0 ? { planned: plan.steps.map(stepText) } : {}),
      ...(plan.downtime === null ? {} : { downtime: plan.downtime }),
      ...(plan.owed.length > 0 ? { unfinished: plan.owed } : {}),
      ...(isDone ? { __over: true } : {}),
      ...nextTurn(olds, acts),
    },
    failures: failuresOf(
      plan.refusals.filter((each) => !ours.includes(each)),
      listsOf(state),
      fields,
    ),
  };
}

const listsOf = ({ frontends, oldBackends, oldFrontends }: MigrationState): Lists => ({
  frontends,
  source: [...oldBackends, ...oldFrontends],
});

/** What a step does, as preview and state have it. */
export const stepText = ({ node, title }: Pick<MigrationStep, "node" | "title">) =>
  node === null ? title : `${node}: ${title}`;
