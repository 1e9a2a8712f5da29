import type { FactResult } from "../../machine/machine";
import { jsonObject } from "../../values/jsonObject";

/**
 * What `upgrade` of chef-server-core and of private-chef says where another one holds the lock: it migrates nothing, and tells
 * success with 0 (chef-server and opscode-omnibus, bin/partybus).
 */
export const upgradeLocked = /Unable to obtain file lock/;

/** Where the package has its migrations, as `001/013_NAME.rb`. */
export const migrationsFolder = "/opt/opscode/embedded/upgrades";

/**
 * What `upgrade` has still to migrate on a machine: migrations of the installed package above the level that it writes down
 * after each one (the same in private-chef 1.4 and 11 and in chef-server-core). @returns null where nothing is, or either
 * cannot be read
 */
export function pendingMigrations(level: FactResult, files: FactResult): string | null {
  const at = jsonObject(level.stdout);
  if (level.code !== 0 || typeof at?.major !== "number" || typeof at.minor !== "number") return null;
  const all = [...files.stdout.matchAll(/^(?:.*\/)?(\d+)\/(\d+)_[^/]*\.rb$/gm)]
    .map(([, major, minor]) => [Number(major), Number(minor)] as const)
    .sort(([a, b], [c, d]) => a - c || b - d);
  const last = all.at(-1);
  if (!last || last[0] < at.major || (last[0] === at.major && last[1] <= at.minor)) return null;
  return `its migration level is ${at.major}.${at.minor}, and the package has migrations up to ${last.join(".")}`;
}
