import { chefBackendStage, type Upgrade } from "./chefBackend";
import { enterpriseStage } from "./enterprise";
import { migrationStage } from "./migration";
import type { Stage } from "./stage";

/** A demonstration by its name. */
export interface Scenario {
  /** What starts. */
  readonly intro: string;
  start(scale: number): Promise<Stage>;
}

export const upgrades = {
  rolling: { from: "2.1.0", to: "2.3.16", packages: ["2.3.16"], downtime: false },
  downtime: { from: "1.4.40", to: "2.3.16", packages: ["2.3.16"], downtime: true },
  "two-hops": {
    ...{ from: "1.4.40", to: "3.1.1", packages: ["2.3.16", "3.1.1"], downtime: true },
    reindexTestOrg: "acme",
  },
} satisfies Record<string, Upgrade>;

const ofChefBackend = (upgrade: Upgrade): Scenario => ({
  intro: `three Chef Backend ${upgrade.from} nodes and two frontends`,
  start: (scale) => chefBackendStage(upgrade, scale),
});

const scenarios: Readonly<Record<string, Scenario>> = {
  rolling: ofChefBackend(upgrades.rolling),
  downtime: ofChefBackend(upgrades.downtime),
  "two-hops": ofChefBackend(upgrades["two-hops"]),
  enterprise: { intro: "two Private Chef 1.4.6 backends and two frontends", start: enterpriseStage },
  migration: {
    intro: "a Chef server 12 on a DRBD pair with two frontends, and five fresh machines",
    start: migrationStage,
  },
};

/** @throws Error that names what there is */
export function scenarioOf(name: string): Scenario {
  if (Object.hasOwn(scenarios, name)) return scenarios[name]!;
  throw new Error(
    `--scenario ${name}: there is no such scenario; there are ${Object.keys(scenarios).join(", ")}`,
  );
}
