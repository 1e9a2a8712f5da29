/** As test/execute/lies.sampled.test.ts, of the way out of DRBD. */
import type { MigrationResult } from "../../provider/migration/migrate";
import { blame } from "../support/labLog";
import { everyCommandLies, type LyingRuns } from "../support/lyingRuns";
import { expectMigrated, expectServing, problemOf } from "./checks";
import { MigrationRig } from "./rig";

/** Small, so that many are tried in a moment. */
const size = {
  ...{ nodes: 2, cookbooks: 1, versions: 1, roles: 2, environments: 1, dataBags: 1 },
  ...{ items: 1, policies: 1, members: 1 },
};

const text = (result: MigrationResult) => problemOf(result) ?? "";

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

/** Where the copy has not come to its end, the old frontends serve again, or it is said that they do not. */
function unsaid(rig: MigrationRig, result: MigrationResult): string[] {
  if (result.record?.migrated) return [];
  const closed = rig.sim.source.frontends.filter(({ up, serving }) => up && !serving);
  const told = /Opening the old frontend|still runs? after|still running after|was killed or lost/;
  return closed.length > 0 && !told.test(text(result)) ? [`closed, and not said: ${text(result)}`] : [];
}

const runsOf = (rehearse: boolean): LyingRuns<MigrationRig, MigrationResult> => ({
  build: () => new MigrationRig({ source: { organizations: { acme: size, lab: size } } }),
  parts: ({ nodes, clock }) => ({ nodes, clock }),
  up: (rig) => rig.up({ rehearse }),
  text,
  untrue: untrue(rehearse),
  unsaid,
});

everyCommandLies("move", runsOf(false), 0);
everyCommandLies("rehearse", runsOf(true), 1);
