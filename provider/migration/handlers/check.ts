import type { CheckOutcome } from "../../handlers/check";
import { LocalFilesError } from "../../handlers/localPackages";
import { lockNotes } from "../../handlers/lockNotes";
import { type Fields, type Lists, refusalField } from "../../handlers/refusalField";
import type { HandlerContext } from "../../handlers/types";
import { validateBy } from "../../inputs/validate";
import { newestJournal } from "../../machine/journal";
import { UnreachableError } from "../../machine/machine";
import { merged, refusalText } from "../../plan/plan";
import { unreachableNotes } from "../../plan/refusals/anyMachine";
import { allMachines, type MigrationInputs, migrationInputs } from "../inputs";
import { observeMigration } from "../observeMigration";
import { isOurs, type MigrationStep } from "../plan";
import { planMigration } from "../planMigration";
import type { MigrationSpec } from "../spec";
import { type MigrationState, neededMachines } from "../state";
import { isOver } from "./outputs";
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

/**
 * Validates the inputs, then looks at both systems and adds what would happen, so that preview shows it. Changes
 * nothing. Once the data have moved there is nothing to look at: the old system need not even be there any more.
 */
export async function checkMigration(
  olds: Partial<MigrationProperties>,
  raw: Record<string, unknown>,
  isUnknown: (value: unknown) => boolean,
  context: HandlerContext,
): Promise<CheckOutcome> {
  const { displayUrn, ...given } = raw;
  const { inputs, failures } = validateBy(migrationInputs, given, isUnknown);
  if (!inputs) return { inputs: raw, failures };
  const warn = (text: string) => context.report({ type: "warning", text });
  if (isOver(olds)) {
    if (olds.version !== inputs.version)
      warn(
        "The migration is done: upgrade the new cluster with ChefBackendCluster, and take this resource out of the program",
      );
    return { inputs: { ...inputs, displayUrn }, failures: [] };
  }
  let spec: MigrationSpec;
  try {
    spec = await migrationSpecOf(inputs, context);
  } catch (error) {
    if (error instanceof LocalFilesError) return { inputs: raw, failures: error.failures };
    throw error;
  }
  const live = await look(spec, inputs, context);
  if ("failure" in live) return { inputs: raw, failures: [{ property: "connection", reason: live.failure }] };
  const { state } = live;
  const record = newestJournal(state.nodes.map(({ migration }) => migration));
  const gone = neededMachines(state, record).filter(({ unreachable }) => unreachable !== null);
  for (const text of unreachableNotes(gone)) warn(text);
  if (gone.length > 0) {
    const planned = ["what is left to be done is found when every machine can be reached"];
    return { inputs: { ...inputs, planned, displayUrn }, failures: [] };
  }
  const plan = planMigration(spec, state);
  const locks = state.nodes.flatMap(({ lock }) => (lock ? [lock] : []));
  for (const text of [...plan.warnings, ...lockNotes(locks, spec.breakLock, context, plan.owed)]) warn(text);
  // What goes down is part of the refusal where it is not approved.
  if (plan.downtime !== null && plan.refusals.every(({ code }) => code !== "downtime"))
    context.report({ type: "note", text: `Downtime: ${plan.downtime}` });
  const ours = plan.refusals.filter((each) => isOurs(each, plan.owed));
  const refused = merged(plan.refusals.filter((each) => !ours.includes(each)));
  for (const refusal of merged(ours)) warn(refusalText(refusal));
  return {
    inputs: {
      ...inputs,
      ...(plan.steps.length > 0 ? { planned: plan.steps.map(stepText) } : {}),
      ...(plan.downtime === null ? {} : { downtime: plan.downtime }),
      ...(plan.owed.length > 0 ? { unfinished: plan.owed } : {}),
      displayUrn,
    },
    failures: refused.map((refusal) => ({
      property: refusalField(refusal, listsOf(state), fields),
      reason: refusalText(refusal),
    })),
  };
}

const listsOf = ({ frontends, oldBackends, oldFrontends }: MigrationState): Lists => ({
  frontends,
  source: [...oldBackends, ...oldFrontends],
});

/** What a step does, as preview and state have it. */
export const stepText = ({ node, title }: Pick<MigrationStep, "node" | "title">) =>
  node === null ? title : `${node}: ${title}`;

async function look(
  spec: MigrationSpec,
  inputs: MigrationInputs,
  context: HandlerContext,
): Promise<{ state: MigrationState } | { failure: string }> {
  const machines = context.connect(allMachines(inputs), true);
  try {
    return { state: await observeMigration(spec, machines, context.clock, "full") };
  } catch (error) {
    if (error instanceof UnreachableError) return { failure: error.message };
    throw error;
  } finally {
    await Promise.all(machines.map((machine) => machine.close()));
  }
}
