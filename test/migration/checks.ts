import type { MigrationResult } from "../../provider/migration/migrate";
import { type MigrationRig, newFrontends, oldFrontends } from "./rig";

/** What a failed run says, where a test expects none. */
export const problemOf = ({ failure }: MigrationResult) =>
  failure && [failure.error.message, ...failure.notes].join("\n");

/** The new system has everything and serves, the old one is stopped, and nobody got hurt. */
export function expectMigrated(rig: MigrationRig, result: MigrationResult): void {
  expect(problemOf(result)).toBeNull();
  expect(rig.sim.accidents).toEqual([]);
  expect(rig.sim.lost).toEqual([]);
  expect(rig.sim.surplus).toEqual([]);
  expect(rig.secretsLeft).toEqual([]);
  expect(result.record).toMatchObject({ migrated: true, finished: true, mode: "migrate" });
  expect(rig.sim.source.serving).toEqual([]);
  expect(result.state.frontends.map(({ answer }) => answer)).toEqual(newFrontends.map(() => "pong"));
  expect(rig.sim.target.outOfService()).toEqual([]);
  expect(rig.copies()).toEqual([`frontend-1 migration.tar.gz`]);
}

/** The old system serves as it did, whatever became of the new one. */
export function expectServing(rig: MigrationRig): void {
  expect(rig.sim.accidents).toEqual([]);
  expect(rig.sim.source.serving).toEqual([...oldFrontends]);
  expect(rig.secretsLeft).toEqual([]);
}

/** How it ended, as the error says it; empty when well. */
export const textOf = (result: MigrationResult): string => problemOf(result) ?? "";

/** Where the copy has not come to its end, the old frontends serve again, or it is said that they do not. */
export function unsaid(rig: MigrationRig, result: MigrationResult): string[] {
  if (result.record?.migrated) return [];
  const closed = rig.sim.source.frontends.filter(({ up, serving }) => up && !serving);
  const told = /Opening the old frontend|still runs? after|still running after|was killed or lost/;
  return closed.length > 0 && !told.test(textOf(result)) ? [`closed, and not said: ${textOf(result)}`] : [];
}
