import { applyMigration } from "./apply";
import { checkMigration } from "./check";
import { diffMigration } from "./diff";
import type { MigrationProperties } from "./types";

/** What `ChefBackendMigration` does. What it tells has happened once: there is nothing that could drift. */
export const migrationHandlers = {
  check: checkMigration,
  diff: diffMigration,
  upgrade: applyMigration,
  read: async (properties: MigrationProperties) => properties,
};
