import { diffBy } from "../../handlers/diff";
import { refreshed } from "../../handlers/refreshed";
import { reporter } from "../../handlers/reporter";
import type { HandlerContext } from "../../handlers/types";
import { migrationInputs } from "../inputs";
import { applyMigration } from "./apply";
import { added, checkMigration } from "./check";
import { isOver } from "./outputs";
import type { MigrationProperties } from "./types";

/** What `ChefBackendMigration` does. What it tells has happened once: there is nothing that could drift. */
export const migrationHandlers = {
  check: checkMigration,
  diff: diffBy(migrationInputs),
  upgrade: applyMigration,
  read: async (properties: MigrationProperties) =>
    refreshed(
      migrationInputs,
      added,
      properties,
      // The inputs of the run that ended it do not say so yet.
      isOver(properties) ? { ...properties, __over: true } : properties,
      ({ planned = [] }) => planned.length > 0,
    ),
  forget: async ({ phase, sourceFrontends }: MigrationProperties, context: HandlerContext) => {
    const { warn, note } = reporter(context);
    const forgets = "Pulumi forgets this migration and changes nothing on any machine";
    if (phase !== "unfinished") return note(forgets);
    const closed = Object.entries(sourceFrontends).filter(([, state]) => state === "closed");
    const names = closed.map(([name]) => name).join(", ");
    warn(
      `${forgets}. It is not finished${names ? `, and the old frontends ${names} were closed by it` : ""}`,
    );
  },
};
