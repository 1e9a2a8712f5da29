import { parseBackendConfig } from "../../provider/chef/cluster/backendConfig";
import type { UpgradeSpec } from "../../provider/plan/spec";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import { aSpec, type ClusterBuilder, threeBackends } from "../support/aCluster";

const old = (line: string) =>
  threeBackends()
    .at("2.1.0")
    .with("backend-2", { config: parseBackendConfig(line) });

const plan = (cluster: ClusterBuilder, change: Partial<UpgradeSpec> = {}) =>
  planUpgrade(aSpec(change), cluster.state());

describe("leaderl.required_active_followers: with too few of them frontends have no backend", () => {
  test.each([
    ["1", null],
    ["2", expect.stringContaining("required_active_followers")],
    ["3", expect.stringContaining("required_active_followers")],
    ["node['followers']", expect.stringContaining("required_active_followers")],
  ])("%s of two followers", (count, downtime) => {
    const { hops } = plan(old(`leaderl.required_active_followers = ${count}\n`));
    expect(hops.map((hop) => hop.downtime)).toEqual([downtime]);
  });

  test("a file that may set anything tells nothing of them: a warning", () => {
    const { hops, warnings } = plan(old("eval(File.read('/etc/more.rb'))\n"));
    expect(hops.map((hop) => hop.downtime)).toEqual([null]);
    expect(warnings.join()).toContain("required_active_followers 0");
  });

  test("a rolling upgrade needs consent for it, before anything begins", () => {
    const cluster = old("leaderl.required_active_followers 2\n");
    const [refusal, ...more] = plan(cluster).refusals;
    expect(more).toEqual([]);
    expect(refusal).toMatchObject({ code: "downtime", where: ["2.1.0 -> 2.3.16"] });
    expect(refusal!.seen).toContain("the leader then answers 503 at /leader");
    expect(refusal!.next).toMatch(
      /allowDowntime: "2\.3\.16"[^]*set `leaderl\.required_active_followers` to at most 1 in chef-backend\.rb \(now 2 on backend-2\)/,
    );
    expect(plan(cluster, { allowDowntime: "2.3.16" }).refusals).toEqual([]);
  });

  test("one that has begun is finished without asking again", () => {
    const cluster = old("leaderl.required_active_followers 2\n")
      .inside("backend-2")
      .installedOnly("backend-2");
    expect(plan(cluster).refusals).toEqual([]);
  });
});
