import { isSince } from "./version";

/** Where a package of the Chef server has its migrations. */
export const migrationsFolder = "/opt/opscode/embedded/upgrades";

/** Their files, as `find … -name *.rb -printf %P\n` prints them. */
export function migrationFiles(highest: number): string {
  const numbers = Array.from({ length: highest }, (_, at) => String(at + 1).padStart(3, "0"));
  return numbers.map((number) => `001/${number}_migration.rb\n`).join("");
}

/** The last migration that a release of Private Chef has (opscode-omnibus, files/private-chef-upgrades at its tags). */
export function lastMigration(version: string): number {
  if (isSince(version, "11.1.0")) return 13;
  return isSince(version, "11.0.0") ? 12 : 7;
}
