import type { FrontendState } from "../../provider/cluster/state";
import type { FrontendsSpec } from "../../provider/plan/spec";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import {
  aFrontends,
  aSpec,
  type ClusterBuilder,
  frozen,
  installed,
  threeBackends,
} from "../support/aCluster";
import { said } from "../support/said";

const version = "15.9.38";
const hop = { from: version, to: version, method: "cleanup", because: "" } as const;

function site(change: Partial<FrontendState> = {}): ClusterBuilder {
  return threeBackends().at("2.3.16").frontend("frontend-1").frontend("frontend-2", change);
}

function plan(cluster: ClusterBuilder, frontends: Partial<FrontendsSpec> = {}) {
  const wanted = { version, acceptLicense: true, cleanup: version, ...frontends };
  return planUpgrade(frozen(aSpec({ frontends: aFrontends(wanted) })), frozen(cluster.state()));
}

const ids = (of: ReturnType<typeof plan>) => of.steps.map(({ id }) => id);
const reasons = (of: ReturnType<typeof plan>) => of.refusals.map(said);

test("on each frontend, one after another, with nothing else", () => {
  const its = plan(site());
  expect(its.refusals).toEqual([]);
  expect(its.hops).toMatchObject([{ method: "cleanup", to: version, downtime: null }]);
  expect(ids(its)).toEqual(["frontend-1/cleanup", "frontend-2/cleanup", "cluster/verify"]);
  expect(its.steps[0]!.commands).toEqual([["env", "CHEF_LICENSE=accept", "chef-server-ctl", "cleanup"]]);
  expect(its.frontends.map(({ name, order }) => [name, order])).toEqual([
    ["frontend-1", 1],
    ["frontend-2", 2],
  ]);
});

test("never unless it is asked for, and once for a version", () => {
  expect(plan(site(), { cleanup: null })).toMatchObject({ steps: [], hops: [] });
  const done = site().record({ failover: "on", finished: true, cleanedUp: version });
  expect(plan(done)).toMatchObject({ steps: [], hops: [] });
  const other = site().record({ failover: "on", finished: true, cleanedUp: "14.0.65" });
  expect(ids(plan(other))).toHaveLength(3);
});

test("broken off: where it was done it is not done again", () => {
  const record = {
    failover: "on",
    hop,
    begun: ["frontend-1/cleanup"],
    done: ["frontend-1/cleanup"],
  } as const;
  expect(ids(plan(site().record(record)))).toEqual(["frontend-2/cleanup", "cluster/verify"]);
});

describe("refused", () => {
  test("while something is still to be upgraded: a backend, a frontend, or what was broken off", () => {
    const early = [expect.stringMatching(/Cleanup is too early: .*still to be done/)];
    const backends = threeBackends().frontend("frontend-1").frontend("frontend-2");
    expect(reasons(plan(backends))).toEqual(early);
    const frontends = plan(site({ package: installed("15.8.1") }), { packageFile: null });
    expect(reasons(frontends)).toEqual(expect.arrayContaining(early));
    const open = {
      failover: "on",
      hop: { ...hop, method: "frontends" },
      begun: ["frontend-1/stop"],
    } as const;
    expect(reasons(plan(site().record(open)))).toEqual(early);
  });

  test("of another version than the one that they have", () => {
    const its = plan(site({ package: installed("15.8.1") }), { version: null });
    expect(reasons(its)).toEqual([
      expect.stringMatching(/frontend-2: .*15\.8\.1-1 installed, .* is 15\.9\.38/),
    ]);
  });

  test("while one does not answer, cannot be reached, or the cluster is not well", () => {
    expect(reasons(plan(site({ answer: "HTTP 500" })))).toEqual([
      expect.stringMatching(/frontend-2: Frontend does not answer: .*HTTP 500/),
    ]);
    const gone = { unreachable: "no connection", answer: "no connection" };
    expect(reasons(plan(site(gone)))).toEqual([expect.stringMatching(/frontend-2: .*no connection/)]);
    expect(reasons(plan(site().waiting("backend-3")))).toEqual([expect.stringMatching(/not healthy/)]);
  });
});
