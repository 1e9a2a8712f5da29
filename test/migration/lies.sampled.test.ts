/** As test/execute/lies.sampled.test.ts, of the way out of DRBD. */
import type { MigrationResult } from "../../provider/migration/migrate";
import { blame } from "../support/labLog";
import { everyCommandLies, type LyingRuns } from "../support/lyingRuns";
import { expectMigrated, expectServing, problemOf, textOf, unsaid } from "./checks";
import { MigrationRig, smallOrganizations } from "./rig";

function untrue(rehearse: boolean) {
  return (rig: MigrationRig, result: MigrationResult): string[] => {
    const found: string[] = [];
    try {
      if (!rehearse) expectMigrated(rig, result);
      else {
        expect(problemOf(result)).toBeNull();
        expectServing(rig);
        // What clients have written meanwhile comes with the final copy; what else is missing is told.
        const lost = rig.sim.lost.filter((path) => !/late|clients\.json$|key_table_dump/.test(path));
        if (lost.length > 0)
          expect(rig.texts("warning").join("\n")).toMatch(/Different on the new side|Missing in the backup/);
      }
    } catch (error) {
      found.push((error as Error).message);
    }
    blame(rig, found);
    return found;
  };
}

const runsOf = (rehearse: boolean): LyingRuns<MigrationRig, MigrationResult> => ({
  build: () => new MigrationRig({ source: { organizations: smallOrganizations } }),
  parts: ({ nodes, clock }) => ({ nodes, clock }),
  up: (rig) => rig.up({ rehearse }),
  text: textOf,
  untrue: untrue(rehearse),
  unsaid,
});

everyCommandLies("move", runsOf(false), 0);
everyCommandLies("rehearse", runsOf(true), 1);
