import type { Lab, LabOptions } from "../lab";

/** What a demonstration shows: where the cluster begins and where it is brought. */
export interface Scenario {
  readonly from: string;
  readonly to: string;
  /** Versions of which there are packages, in the order in which they are installed. */
  readonly packages: readonly string[];
  /** The cluster goes down on the way: needs consent, and the frontends. */
  readonly downtime: boolean;
  /** The organization that is reindexed alone first. */
  readonly reindexTestOrg?: string;
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  rolling: { from: "2.1.0", to: "2.3.16", packages: ["2.3.16"], downtime: false },
  downtime: { from: "1.4.40", to: "2.3.16", packages: ["2.3.16"], downtime: true },
  "two-hops": {
    ...{ from: "1.4.40", to: "3.1.1", packages: ["2.3.16", "3.1.1"], downtime: true },
    reindexTestOrg: "acme",
  },
};

/** @throws Error that names what there is */
export function scenarioOf(name: string): Scenario {
  if (Object.hasOwn(scenarios, name)) return scenarios[name]!;
  throw new Error(
    `--scenario ${name}: there is no such scenario; there are ${Object.keys(scenarios).join(", ")}`,
  );
}

/** The lab that a scenario is played on. */
export function labFor(scenario: Scenario): LabOptions {
  return { version: scenario.from, packages: [...scenario.packages] };
}

/** Configuration of the demo's program beyond the nodes and how to reach them. */
export function configFor({ to, downtime, packages, reindexTestOrg }: Scenario, lab: Lab) {
  const address = ({ name, host, port }: Lab["nodes"][number]) => ({ name, host, port });
  if (!downtime) return { packagePath: lab.packages[to] };
  const files = packages.map((version) => [version, { path: lab.packages[version] }] as const);
  return {
    packageFiles: Object.fromEntries(files),
    allowDowntime: to,
    frontends: { nodes: lab.frontends.map(({ node }) => address(node)) },
    ...(reindexTestOrg === undefined ? {} : { reindexTestOrg }),
  };
}
