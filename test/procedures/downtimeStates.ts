import type { RunRecord } from "../../provider/cluster/record";
import type { Plan } from "../../provider/plan/plan";
import type { UpgradeSpec } from "../../provider/plan/spec";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import { aFrontends, aSpec, type ClusterBuilder, frozen, threeBackends } from "../support/aCluster";

export const names = ["backend-1", "backend-2", "backend-3"] as const;

/** 1.4.40 with two frontends. */
export const old = () =>
  threeBackends()
    .at("1.4.40")
    .indexMadeBy("2.3.1")
    .searchRuns("2.3.1")
    .frontend("frontend-1")
    .frontend("frontend-2");

export const spec = (change: Partial<UpgradeSpec> = {}) =>
  aSpec({ allowDowntime: "2.3.16", frontends: aFrontends(), ...change });

export const plan = (cluster: ClusterBuilder, change: Partial<UpgradeSpec> = {}): Plan =>
  planUpgrade(frozen(spec(change)), frozen(cluster.state()));

export const ids = (made: Plan) => made.steps.map((step) => step.id);
export const codes = (made: Plan) => made.refusals.map((each) => each.code);
export const all = (kind: string, of: readonly string[] = names) => of.map((name) => `${name}/${kind}`);

export const hop = {
  from: "1.4.40-1",
  to: "2.3.16",
  method: "downtime",
  because: "1.x and 2.x cannot run side by side",
} as const;
export const backedUp = ["cluster/backup", "frontends/backup"];

/** The record of a run that broke off in this hop. */
export const broke = (
  begun: readonly string[],
  done: readonly string[] = begun,
  change: Partial<RunRecord> = {},
) => ({
  ...{ from: "1.4.40-1", failover: "on" as const, hop, leaderAtStart: "backend-1" },
  ...{ begun: [...backedUp, ...begun], done: [...backedUp, ...done] },
  ...change,
});

/** Every package installed, the services still of 1.x. */
export const installing = () => {
  const cluster = old().record(broke(all("install")));
  for (const name of names) cluster.installedOnly(name);
  return cluster;
};

/** … and down. */
export const down = (begun: readonly string[] = all("down"), change: Partial<RunRecord> = {}) => {
  const cluster = installing().record(broke([...all("install"), ...begun], undefined, change));
  for (const name of names)
    if (begun.includes(`${name}/down`))
      cluster.allDown(name).with(name, { services: [{ service: "etcd", up: false, seconds: 5 }] });
  return cluster;
};

export const forward = (begun: readonly string[] = ["backend-2/start-upgrade"]) =>
  down([...all("down"), ...begun]);

export const ends = [
  "cluster/await-upgrades",
  "cluster/healthy",
  "frontend-1/reconfigure",
  "frontend-2/reconfigure",
  "cluster/verify",
];
export const upgrades = ["backend-2/start-upgrade", "backend-3/start-upgrade", "backend-1/start-upgrade"];
export const downs = ["backend-1/down", "backend-3/down", "backend-2/down"];
