import { isOver } from "./outputs";
import type { CheckedMigration, MigrationProperties } from "./types";

/** Whether an update has anything to do: a step is left. A changed credential is no reason, and nothing ever replaces. */
export function diffMigration(
  olds: Partial<MigrationProperties>,
  { planned = [], rehearse = false }: CheckedMigration,
): { changes: boolean } {
  const reached = isOver(olds) || (rehearse && olds.phase === "rehearsed");
  return { changes: planned.length > 0 || !reached };
}
