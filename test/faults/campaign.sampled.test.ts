/**
 * What befalls a run at each step of each procedure, of all three systems, in memory: commands that hang, a black hole, a disk
 * that takes nothing, a laptop that slept, names that are others in the next run, packages that were swapped.
 * `STRIDE=1 npx jest faults/campaign` strikes every step.
 */
import type { EnterpriseResult } from "../../provider/enterprise/upgradeEnterprise";
import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import type { MigrationResult } from "../../provider/migration/migrate";
import * as enterprise from "../enterprise/rig";
import * as check from "../execute/checks";
import { procedures, type Scenario } from "../execute/scenarios";
import { expectMigrated, expectServing, textOf, unsaid } from "../migration/checks";
import { type MigrationClient, MigrationRig, smallOrganizations } from "../migration/rig";
import { type Campaign, strikeEveryStep } from "../support/faultCampaign";
import type { MemoryNode } from "../support/memoryNode";
import type { Client, Rehearsal } from "../support/rehearsal";

/** Done once more on purpose by a run that goes on after one that failed; a lock that could not be given back is taken over. */
const mayBe = /was started again|still (held|locked)|reindexes$/;

const ofCluster = (scenario: Scenario): Campaign<Rehearsal, UpgradeResult> => ({
  build: scenario.build,
  nodes: ({ nodes, frontends }) => [...nodes, ...frontends],
  client: (r) => r.client(),
  up: (r, client) => r.up(scenario.change(r), client as Client),
  text: check.textOf,
  untrue: (r, result) => scenario.problems(r, result).filter((each) => !mayBe.test(each)),
  unsaid: check.unsaidFailover,
});

for (const [at, [name, scenario]] of Object.entries(procedures).entries())
  strikeEveryStep(name, ofCluster(scenario), at);

const ofEnterprise = (cleanup: boolean): Campaign<enterprise.Site, EnterpriseResult> => ({
  build: async () => {
    const r = new enterprise.Site();
    if (cleanup) await r.up();
    return r;
  },
  nodes: ({ nodes }) => nodes as unknown as MemoryNode[],
  client: (r) => r.client(),
  up: (r, client) => r.up({ cleanup }, client as enterprise.Client),
  text: enterprise.textOf,
  untrue: (r, result) => enterprise.problems(r, result).filter((each) => !mayBe.test(each)),
  unsaid: enterprise.unsaid,
});

strikeEveryStep("Enterprise Chef 11", ofEnterprise(false), 1);
strikeEveryStep("Enterprise Chef 11, cleanup", ofEnterprise(true), 2);

const ofMigration = (rehearse: boolean): Campaign<MigrationRig, MigrationResult> => ({
  build: () => new MigrationRig({ source: { organizations: smallOrganizations } }),
  nodes: ({ nodes }) => nodes,
  client: (rig) => rig.client(),
  up: (rig, client) => rig.up({ rehearse }, client as MigrationClient),
  text: textOf,
  untrue: (rig, result) => {
    try {
      if (rehearse) expectServing(rig);
      else expectMigrated(rig, result);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  },
  unsaid,
});

strikeEveryStep("the migration", ofMigration(false), 3);
strikeEveryStep("the migration's rehearsal", ofMigration(true), 4);
