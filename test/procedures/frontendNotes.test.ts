/** What is told of frontends, and what their port forbids, before anything is changed. */
import type { FrontendState } from "../../provider/cluster/state";
import type { FrontendsSpec, UpgradeSpec } from "../../provider/plan/spec";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import { aFrontends, aSpec, goodFile, goodFrontendFile, installed, threeBackends } from "../support/aCluster";
import { said } from "../support/said";

const file = { staging: null, stagedKiB: 0 };
const to14 = { version: "14.16.19", packageFile: { ...file, path: goodFrontendFile.path } };

function plan(
  first: Partial<FrontendState>,
  frontends: Partial<FrontendsSpec>,
  spec: Partial<UpgradeSpec> = {},
) {
  const packageFiles = { "14.16.19": goodFrontendFile, "15.10.12": goodFrontendFile };
  const cluster = threeBackends().at("2.3.16").indexMadeBy("5.4.1");
  for (const name of ["backend-1", "backend-2", "backend-3"]) cluster.packageFile(name, {}, "3.1.1");
  cluster.frontend("frontend-1", { packageFiles, ...first });
  cluster.frontend("frontend-2", { packageFiles, ...(first.package ? { package: first.package } : {}) });
  const wanted = aFrontends({ acceptLicense: true, ...frontends });
  const { warnings, refusals } = planUpgrade(aSpec({ frontends: wanted, ...spec }), cluster.state());
  return { warnings, refusals: refusals.map(said) };
}

const upgrade = { version: "15.10.12", packageFile: { ...file, path: goodFrontendFile.path } };
const at = (version: string) => ({ package: installed(version) });
const rebuild: Partial<UpgradeSpec> = {
  ...{ version: "3.1.1", allowDowntime: "3.1.1" },
  packages: { "3.1.1": { ...file, path: goodFile.path } },
};

test("Automate that is down: who is served, who is not, and the setting", () => {
  const down = { failing: ["data_collector"] };
  expect(plan(down, upgrade).warnings).toEqual([
    "data_collector (Chef Automate) fails in /_status of frontend-1: clients are served all the same, but load balancers that ask /_status send them none. `data_collector['health_check'] = false` in /etc/opscode/chef-server.rb leaves it out",
  ]);
  expect(plan({ ...down, ...at("12.17.15") }, upgrade).warnings).toContainEqual(
    expect.stringContaining("(from 13.0.47 on)"),
  );
  expect(plan(down, { ...upgrade, smokeTest: true }).warnings[0]).toMatch(
    /`chef-server-ctl test` fails until/,
  );
});

test("maintenance that is on", () =>
  expect(plan({ api: "503" }, upgrade).warnings).toEqual([
    "Maintenance is on, and stays on: frontend-1. Clients are sent away there",
  ]));

test.each<[string, Partial<FrontendState>, RegExp | null]>([
  [
    "an old release at another port",
    { port: 8443, ...at("15.3.2") },
    /ssl_port'\] is 8443.*15\.3\.2 asks port 443 only/,
  ],
  ["a new one", { port: 8443, ...at("15.4.0") }, null],
  ["an old one at 443", at("15.3.2"), null],
])("a rebuild of the search index by %s", (_what, first, says) => {
  const { refusals } = plan(first, {}, rebuild);
  if (says) expect(refusals).toEqual([expect.stringMatching(says)]);
  else expect(refusals).toEqual([]);
});

test("the reindex after an upgrade of the frontends: what counts is the release that does it", () => {
  const first = { port: 8443, ...at("13.2.0") };
  expect(plan(first, to14).refusals).toContainEqual(
    expect.stringMatching(/^frontend-1: .*14\.16\.19 asks port 443 only/),
  );
  expect(plan(first, upgrade).refusals.join()).not.toMatch(/port/);
});
