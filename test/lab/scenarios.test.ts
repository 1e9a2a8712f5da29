import { configFor, labFor } from "../../lab/demo/chefBackend";
import { scenarioOf, upgrades } from "../../lab/demo/scenarios";
import type { Lab } from "../../lab/lab";

/** As much of a lab as a scenario looks at. */
const lab = (packages: readonly string[]) =>
  ({
    packages: Object.fromEntries(packages.map((version) => [version, `/packages/${version}`])),
    frontends: [{ node: { name: "frontend-1", host: "127.0.0.1", port: 2201 } }],
  }) as unknown as Lab;

test("rolling: one package, no downtime, no frontends", () => {
  const scenario = upgrades.rolling;
  expect(configFor(scenario, lab(labFor(scenario).packages!))).toEqual({ packagePath: "/packages/2.3.16" });
});

test("two-hops: a package for each hop, consent to the last one, frontends, an organization to begin with", () => {
  const scenario = upgrades["two-hops"];
  expect(labFor(scenario)).toEqual({ version: "1.4.40", packages: ["2.3.16", "3.1.1"] });
  expect(configFor(scenario, lab(["2.3.16", "3.1.1"]))).toEqual({
    packageFiles: { "2.3.16": { path: "/packages/2.3.16" }, "3.1.1": { path: "/packages/3.1.1" } },
    allowDowntime: "3.1.1",
    frontends: { nodes: [{ name: "frontend-1", host: "127.0.0.1", port: 2201 }] },
    reindexTestOrg: "acme",
  });
});

test("an unknown scenario is refused by name", () => {
  expect(() => scenarioOf("toString")).toThrow("there are rolling, downtime, two-hops, enterprise");
});
