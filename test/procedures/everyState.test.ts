/** What must hold of every plan, over every combination of what a cluster of three can look like. */
import type { RunRecord } from "../../provider/cluster/record";
import type { ClusterState } from "../../provider/cluster/state";
import type { Plan } from "../../provider/plan/plan";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import { aSpec, type ClusterBuilder, frozen, threeBackends } from "../support/aCluster";

const names = ["backend-1", "backend-2", "backend-3"];
const versions = ["old", "done", "installed only", "interrupted"] as const;
const roles = ["leader", "follower", "waiting", "missing"] as const;
type Version = (typeof versions)[number];
type Role = (typeof roles)[number];

interface Situation {
  readonly versions: readonly Version[];
  readonly roles: readonly Role[];
  readonly record: Pick<RunRecord, "failover" | "inside"> | null;
  readonly shown: "on" | "off" | null;
  readonly ours: boolean;
}

function* situations(): Generator<Situation> {
  const insides = [null, ...names];
  const records = [
    null,
    ...(["off", "on-for-leader", "on"] as const).flatMap((failover) =>
      insides.map((inside) => ({ failover, inside })),
    ),
  ];
  for (const versionsOf of cube(versions))
    for (const rolesOf of cube(roles)) {
      // Two leaders never pass the preflight, nor do three that are out; which one leads, and
      // which of the other two is out, makes no difference: every node has every version and record all the same.
      if (rolesOf.slice(1).includes("leader") || roles.indexOf(rolesOf[1]!) > roles.indexOf(rolesOf[2]!))
        continue;
      if (rolesOf.filter((role) => role === "missing" || role === "waiting").length > 2) continue;
      for (const record of records)
        for (const shown of [null, "off"] as const)
          for (const ours of record ? [true, false] : [false])
            yield { versions: versionsOf, roles: rolesOf, record, shown, ours };
    }
}

function cube<T>(values: readonly T[]): T[][] {
  return values.flatMap((a) => values.flatMap((b) => values.map((c) => [a, b, c])));
}

function build(situation: Situation): ClusterState {
  const cluster: ClusterBuilder = threeBackends();
  if (situation.record) cluster.record({ ...situation.record, run: "run-1" });
  if (situation.shown) cluster.failoverShown(situation.shown);
  cluster.lockedBy(situation.ours ? "run-1" : "run-2");
  names.forEach((name, index) => {
    cluster[situation.roles[index]!](name);
    const version = situation.versions[index]!;
    if (version === "done") cluster.upgraded(name);
    if (version === "installed only") cluster.installedOnly(name);
    if (version === "interrupted") cluster.interrupted(name);
  });
  return cluster.state();
}

/** What is wrong with a plan that would be carried out. */
function faults(situation: Situation, plan: Plan): string[] {
  const { steps } = plan;
  const role = (name: string) => situation.roles[names.indexOf(name)];
  const done = (name: string) => situation.versions[names.indexOf(name)] === "done";
  const inside = situation.record?.inside ?? null;
  const led = situation.roles.includes("leader");
  const found: string[] = [];
  const must = (holds: boolean, what: string) => void (holds || found.push(what));

  const out = names.filter((name) => role(name) === "missing" || role(name) === "waiting");
  const touched = [...new Set(steps.flatMap((step) => (step.node ? [step.node] : [])))];
  // Then it is waited until all others are well.
  const waits = steps[0]!.kind === "await-leader";
  if (led)
    must(
      waits || out.every((name) => name === inside),
      "something is done while a backend is out that is not ours",
    );
  else {
    const version = situation.versions[names.indexOf(inside ?? "")];
    const begun =
      inside !== null && (role(inside) === "missing" || version === "interrupted" || version === "done");
    must(begun, "leaderless, not by our step");
  }
  if (out.length > 0 && touched.length > 0)
    must(touched[0] === inside, "another node is touched while ours is out");

  must(
    touched.every((name) => !done(name) || name === inside),
    "a node that is done is touched",
  );
  const changes = steps.filter((step) => /install|upgrade/.test(step.kind));
  const leaderAt = changes.findIndex((step) => step.node !== null && role(step.node) === "leader");
  const followerAt = changes.findLastIndex((step) => step.node !== null && role(step.node) !== "leader");
  must(leaderAt < 0 || leaderAt > followerAt, "the leader is changed before a follower");

  // What failover is when each step comes.
  const { record, shown, ours } = situation;
  const sure = shown ?? (record?.failover === "off" && ours ? "off" : null);
  let failover: "on" | "off" | null = sure ?? (record?.failover === "on-for-leader" ? "on" : null);
  for (const step of steps) {
    if (step.kind === "failover-off") failover = "off";
    if (step.kind === "failover-on" || step.kind === "failover-on-for-leader") failover = "on";
    if (step.node === null) continue;
    const leads = role(step.node) === "leader";
    if (step.kind === "upgrade-with-failover") {
      must(leads, "upgrade --failover on a follower");
      must(failover === "on", "upgrade --failover while failover is not known to be on");
    }
    if (step.kind === "upgrade") {
      must(!leads, "a plain upgrade of the leader");
      // It led until its own installation stopped it: failover stays on until it follows.
      const deposed =
        record?.failover === "on-for-leader" && step.node === inside && role(step.node) !== "follower";
      must(failover === "off" || !led || deposed, "a follower is upgraded while failover may be on");
    }
    if (/install/.test(step.kind)) must(failover === "off", "an installation while failover may be on");
  }
  must(failover !== "off", "failover stays off at the end");
  if (steps.some((step) => step.node !== null))
    must(failover === "on", "failover is not turned on at the end");
  must(steps.at(-1)!.kind === "verify", "the cluster is not verified at the end");
  must(
    steps.every((step, index) => step.id !== steps[index - 1]?.id),
    "a step comes twice in a row",
  );
  return found;
}

test("no plan touches a second node, or the leader too early, or leaves failover wrong", () => {
  const spec = frozen(aSpec({ takeOverFailover: true }));
  const wrong = new Map<string, string>();
  let planned = 0;
  let refused = 0;
  for (const situation of situations()) {
    const plan = planUpgrade(spec, build(situation));
    if (plan.refusals.length > 0) refused += 1;
    if (plan.steps.length === 0 || plan.refusals.length > 0) continue;
    planned += 1;
    for (const fault of faults(situation, plan))
      if (!wrong.has(fault))
        wrong.set(fault, `${JSON.stringify(situation)}\n${plan.steps.map((step) => step.id).join(", ")}`);
  }
  expect(Object.fromEntries(wrong)).toEqual({});
  expect(planned).toBeGreaterThan(2000);
  expect(refused).toBeGreaterThan(planned);
});
