import { RefusedError, untouchedText } from "../../execute/errors";
import { givenOf } from "../../handlers/given";
import { PartialFailureError } from "../../handlers/partialFailure";
import { failedTurn, nextTurn } from "../../handlers/turn";
import type { HandlerContext } from "../../handlers/types";
import { allMachines, migrationInputs } from "../inputs";
import { migrate, type MigrationResult } from "../migrate";
import { planMigration } from "../planMigration";
import { closedSource } from "../record";
import { stepText } from "./check";
import { isOver, outputsOf } from "./outputs";
import { migrationSpecOf } from "./specOf";
import type { CheckedMigration, MigrationProperties } from "./types";
import { usingMachines } from "../../handlers/usingMachines";

/**
 * Moves the data, or rehearses it; nothing once it has been done.
 * @throws PartialFailureError after something was done, else a plain error.
 */
export async function applyMigration(
  id: string | null,
  olds: Partial<MigrationProperties>,
  inputs: CheckedMigration,
  context: HandlerContext,
): Promise<{ id: string; properties: MigrationProperties }> {
  const itsId = id ?? `chef-backend-migration-${context.newId()}`;
  const rest = { ...givenOf(migrationInputs, inputs), ...nextTurn(inputs, false) };
  if (isOver(olds)) return { id: itsId, properties: { ...(olds as MigrationProperties), ...rest } };
  const spec = await migrationSpecOf(inputs, context);
  return usingMachines(context.connect(allMachines(inputs), false), async (machines) => {
    const result = await migrate(spec, machines, context);
    const { state, record } = result;
    const { steps } = planMigration(spec, {
      ...state,
      nodes: state.nodes.map((node) => ({ ...node, migration: record })),
    });
    const properties: MigrationProperties = {
      ...rest,
      ...(steps.length > 0 ? { planned: steps.map(stepText) } : {}),
      ...outputsOf(spec, result, olds),
    };
    if (!result.failure) return { id: itsId, properties };
    const message = failureText(result);
    throw result.touched
      ? new PartialFailureError(message, itsId, { ...properties, ...failedTurn(id, olds, inputs) })
      : new Error(message);
  });
}

/** The error of a run that did not end well: whether the old system serves stands first when it does not. */
export function failureText({
  record,
  failure,
  touched,
}: Pick<MigrationResult, "record" | "failure" | "touched">): string {
  const { error, notes } = failure!;
  // Another run that is under way has closed them, and goes on.
  const locked = error instanceof RefusedError && error.refusals.some(({ code }) => code === "locked");
  const closed = locked ? [] : closedSource(record);
  const by = closed.join(", ");
  const first =
    closed.length === 0
      ? []
      : record!.migrated
        ? [`The data have moved and were compared; the old frontends (${by}) stay closed`]
        : [
            `THE OLD FRONTENDS ARE CLOSED (${by}). The next \`pulumi up\` goes on from here; to open them by hand: \`chef-server-ctl start\` on each`,
          ];
  const refused = !touched && error instanceof RefusedError;
  return [
    ...[...first, refused ? untouchedText(error) : error.message, ...notes.map((note) => `${note}.`)],
    ...(refused ? [] : ["The next `pulumi up` goes on with what is left."]),
  ].join("\n");
}
