import type { FactResult } from "../../machine/machine";
import { jsonObject } from "../../values/jsonObject";

/** The last word of an `upgrade` of chef-server-core and of private-chef that has done its work, and of some that have not. */
const upgraded = /\bUpgraded!\s*$/;

/**
 * Where another one holds the lock it migrates nothing, and tells success with 0 (chef-server and opscode-omnibus,
 * bin/partybus); where Open Source Chef 11 lies on the machine it asks, and ends with 0 for a no (plugins/upgrade.rb).
 */
const didNothing = /Unable to obtain file lock|^Aborting upgrade\./;

/** The lines of an `upgrade` that tell more than its exit status. */
export const upgradeTold = new RegExp(`${didNothing.source}|${upgraded.source}`);

/** Why an `upgrade` that ended with 0 has not done its work, by those lines; null where they say that it has. */
export function upgradeFailure(told: readonly string[]): string | null {
  const bad = told.filter((line) => didNothing.test(line));
  if (bad.length > 0) return bad.join("; ");
  return told.length > 0 ? null : "it did not print `Upgraded!`";
}

/** Where the package has its migrations, as `001/013_NAME.rb`. */
export const migrationsFolder = "/opt/opscode/embedded/upgrades";

/** How far the migrations of the installed package have come on a machine. */
export interface Migrations {
  /** The level that its `upgrade` has come to, such as `1.33`. */
  readonly at: string;
  /** The last one that its package has. */
  readonly last: string;
  /** Whether `upgrade` has still something to migrate. */
  readonly pending: boolean;
}

/**
 * Compares the migrations of the installed package with the level that `upgrade` writes down after each one (the same in
 * private-chef 1.4 and 11 and in chef-server-core). @returns null where either cannot be read
 */
export function migrationsOf(level: FactResult, files: FactResult): Migrations | null {
  const at = jsonObject(level.stdout);
  if (level.code !== 0 || typeof at?.major !== "number" || typeof at.minor !== "number") return null;
  const all = [...files.stdout.matchAll(/^(?:.*\/)?(\d+)\/(\d+)_[^/]*\.rb$/gm)]
    .map(([, major, minor]) => [Number(major), Number(minor)] as const)
    .sort(([a, b], [c, d]) => a - c || b - d);
  const last = all.at(-1);
  if (!last) return null;
  const pending = last[0] > at.major || (last[0] === at.major && last[1] > at.minor);
  return { at: `${at.major}.${at.minor}`, last: last.join("."), pending };
}

/** What is pending, for people. */
export const pendingText = ({ at, last }: Migrations): string =>
  `its migration level is ${at}, and its package has migrations up to ${last}`;
