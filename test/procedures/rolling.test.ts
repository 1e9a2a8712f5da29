import type { Plan } from "../../provider/plan/plan";
import type { UpgradeSpec } from "../../provider/plan/spec";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import { planRolling } from "../../provider/procedures/rolling";
import { aCluster, aSpec, type ClusterBuilder, frozen, threeBackends } from "../support/aCluster";

/** Plans from frozen inputs, and through JSON: a plan is plain data, and nothing it came from is touched. */
function plan(cluster: ClusterBuilder, change: Partial<UpgradeSpec> = {}): Plan {
  const spec = frozen(aSpec(change));
  const state = frozen(cluster.state());
  const result = planUpgrade(spec, state);
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  // One hop, and all of it is the rolling update's.
  expect(result.hops.map((hop) => hop.method)).toEqual(result.steps.length > 0 ? ["rolling"] : []);
  const { steps, nodes, refusals, warnings, owed } = planRolling(spec, state);
  expect(result).toMatchObject({ steps, nodes, refusals, warnings, owed });
  return result;
}
const ids = (cluster: ClusterBuilder, change: Partial<UpgradeSpec> = {}) =>
  plan(cluster, change).steps.map((step) => step.id);
const follower = (name: string) => [`${name}/install`, `${name}/upgrade`, `${name}/rejoin`];
const leader = (name: string) => [
  `${name}/install`,
  "cluster/failover-on-for-leader",
  `${name}/upgrade-with-failover`,
  `${name}/rejoin`,
];
const off = "cluster/failover-off";
const end = ["cluster/failover-on", "cluster/verify"];

describe("nothing to do", () => {
  test("everyone is at the version: no step, however the cluster is; what is wrong with it is told", () => {
    const sick = threeBackends().at("2.3.16").missing("backend-2").failoverShown("off");
    for (const cluster of [threeBackends().at("2.3.16"), sick]) {
      const result = plan(cluster);
      expect(result).toMatchObject({ steps: [], owed: [], from: "2.3.16-1", to: "2.3.16" });
      const told = cluster === sick ? expect.arrayContaining(["unhealthy", "failover"]) : [];
      expect(result.refusals.map((each) => each.code)).toEqual(told);
      expect(result.nodes.map((node) => node.does)).toEqual(["nothing", "nothing", "nothing"]);
    }
  });

  test("an unknown running build warns by name and causes nothing by itself", () => {
    const result = plan(threeBackends().at("2.3.16").unknownRunning("backend-3"));
    expect(result.steps).toEqual([]);
    expect(result.warnings).toEqual([
      expect.stringMatching(/^backend-3: which build .* the node was rebooted$/),
    ]);
  });

  test("a finished record owes nothing", () => {
    expect(ids(threeBackends().at("2.3.16").record({ failover: "on", finished: true }))).toEqual([]);
  });

  test("any build of the release satisfies it; a named iteration is meant", () => {
    expect(ids(threeBackends().at("2.3.16-4"))).toEqual([]);
    expect(ids(threeBackends().at("2.3.16-1"), { version: "2.3.16-2" })).not.toEqual([]);
  });
});

describe("the order", () => {
  test("failover off, followers, the leader by failover, off and on, verified: the runbook", () => {
    expect(ids(threeBackends().searchMaster("backend-1"))).toEqual([
      ...[off, ...follower("backend-2"), ...follower("backend-3"), ...leader("backend-1"), off, ...end],
    ]);
  });

  test.each([
    ["the search master is the last follower", threeBackends().searchMaster("backend-2"), ["3", "2", "1"]],
    ["else the order of the inputs", threeBackends().searchMaster("backend-3"), ["2", "3", "1"]],
    [
      "the leader is last wherever it stands",
      aCluster().follower("backend-1").leader("backend-2").follower("backend-3"),
      ["1", "3", "2"],
    ],
    [
      "a leader that is the search master too is last",
      threeBackends().searchMaster("backend-1"),
      ["2", "3", "1"],
    ],
  ])("%s", (_what, cluster, order) => {
    const installs = ids(cluster).filter((id) => id.endsWith("/install"));
    expect(installs).toEqual(order.map((n) => `backend-${n}/install`));
    const nodes = plan(cluster).nodes;
    expect(order.map((n) => nodes.find((node) => node.name === `backend-${n}`)!.order)).toEqual([1, 2, 3]);
  });

  test("commands, by package family", () => {
    const commands = (cluster: ClusterBuilder) =>
      plan(cluster).steps.flatMap((step) => step.commands.map((argv) => argv.join(" ")));
    expect(commands(threeBackends().rpm())).toContain(
      "yum install -y --disablerepo=* /srv/chef-backend_2.3.16-1_amd64.deb",
    );
    expect(commands(threeBackends())).toEqual([
      "chef-backend-ctl set-cluster-failover off",
      ...["backend-2", "backend-3"].flatMap(() => [
        "env DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --force-confold -i /srv/chef-backend_2.3.16-1_amd64.deb",
        "chef-backend-ctl upgrade",
      ]),
      "env DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --force-confold -i /srv/chef-backend_2.3.16-1_amd64.deb",
      "chef-backend-ctl set-cluster-failover on",
      "chef-backend-ctl upgrade --failover",
      "chef-backend-ctl set-cluster-failover off",
      "chef-backend-ctl set-cluster-failover on",
    ]);
  });

  test("every step says why, what must hold before, what must hold after, and how long it may take", () => {
    for (const step of plan(threeBackends()).steps) {
      for (const text of [step.title, step.reason, step.guard, step.verify]) expect(text).not.toBe("");
      expect(step.timeout).toBeGreaterThan(0);
    }
  });
});

describe("half-done clusters: only the rest, in the right order", () => {
  const names = ["backend-1", "backend-2", "backend-3"];
  const subsets = [0, 1, 2, 3, 4, 5, 6].map((bits) => names.filter((_name, index) => bits & (1 << index)));
  test.each(subsets.map((done) => [done.join(", ") || "none", done] as const))("done: %s", (_text, done) => {
    const cluster = threeBackends().searchMaster("backend-1");
    for (const name of done) cluster.upgraded(name);
    const followers = ["backend-2", "backend-3"].filter((name) => !done.includes(name)).flatMap(follower);
    const last = done.includes("backend-1") ? [] : [...leader("backend-1"), off];
    expect(ids(cluster)).toEqual([off, ...followers, ...last, ...end]);
    expect(plan(cluster).refusals).toEqual([]);
  });

  test("installed but not upgraded: upgrade is run for it, nothing is installed", () => {
    const cluster = threeBackends().upgraded("backend-1").upgraded("backend-3").installedOnly("backend-2");
    expect(ids(cluster)).toEqual([off, "backend-2/upgrade", "backend-2/rejoin", ...end]);
    expect(plan(cluster).nodes[1]!.because).toContain("its services run an older build");
  });

  test("the same for the leader: it is last, by failover", () => {
    const cluster = threeBackends().installedOnly("backend-1").upgraded("backend-2").upgraded("backend-3");
    expect(ids(cluster)).toEqual([off, ...leader("backend-1").slice(1), off, ...end]);
  });

  test("a rebuilt node without the package is not passed over in silence", () => {
    const absent = { state: "absent", version: null, detail: "not installed", installedAt: null } as const;
    const result = plan(threeBackends().at("2.3.16").with("backend-3", { package: absent }));
    expect(result.refusals.map(({ where, what }) => `${where.join()}: ${what}`)).toContain(
      "backend-3: Package chef-backend is not installed",
    );
  });

  test("from is the lowest version found", () => {
    expect(plan(threeBackends().upgraded("backend-1")).from).toBe("2.1.0-1");
  });
});

describe("the node that our unfinished step is on comes first", () => {
  const inside = (name = "backend-3") => threeBackends().inside(name).failoverShown("off");

  test.each<[string, ClusterBuilder, string[]]>([
    ["claimed, nothing done yet", inside(), follower("backend-3")],
    [
      "installed, upgrade not ended",
      inside().installedOnly("backend-3"),
      ["backend-3/upgrade", "backend-3/rejoin"],
    ],
    [
      "installed, its services restarted by the maintainer script: only our own record counts",
      inside()
        .installedOnly("backend-3")
        .with("backend-3", { running: { kind: "installed", because: "young" } }),
      ["backend-3/upgrade", "backend-3/rejoin"],
    ],
    [
      "upgraded, not verified",
      inside()
        .upgraded("backend-3")
        .with("backend-3", { services: [{ service: "etcd", up: true, seconds: 60 }] }),
      ["backend-3/rejoin"],
    ],
    [
      "`upgrade` ended with 0, and its services do not run",
      inside().upgraded("backend-3"),
      ["backend-3/upgrade-again", "backend-3/rejoin"],
    ],
    [
      "dpkg was killed in postinst",
      inside().interrupted("backend-3"),
      ["backend-3/finish-install", "backend-3/upgrade", "backend-3/rejoin"],
    ],
    [
      "dpkg was killed while unpacking: configuring would mend nothing",
      inside().interrupted("backend-3", "2.1.0", { reinstall: true }),
      follower("backend-3"),
    ],
    [
      "what was unpacked is not what is wanted now",
      inside().interrupted("backend-3", "2.2.0"),
      follower("backend-3"),
    ],
  ])("%s", (_what, cluster, steps) => {
    for (const state of [cluster, cluster.missing("backend-3")]) {
      const result = plan(state);
      expect(result.refusals).toEqual([]);
      expect(result.steps.slice(0, steps.length).map((step) => step.id)).toEqual(steps);
      expect(result.steps[steps.length]!.id).toBe("backend-2/install");
      expect(result.nodes[2]).toMatchObject({ order: 1, because: "begun and not finished" });
      expect(result.owed).toEqual([
        "failover is off, turned off by an earlier run",
        "backend-3 is between installation and verified rejoin",
      ]);
    }
  });

  test("one that no listed backend is: refused", () => {
    const [refusal] = planUpgrade(aSpec(), threeBackends().record({ inside: "gone" }).state()).refusals;
    expect(refusal).toMatchObject({ code: "unlisted", where: ["gone"] });
  });

  test.each([
    ["another one is out as well", inside().missing("backend-3").waiting("backend-2")],
    ["only another one is out", inside().waiting("backend-2")],
    ["the leader is out", inside().waiting("backend-1")],
    ["the cluster is unhealthy and the step is not ours", threeBackends().record().missing("backend-3")],
  ])("refused where %s: never a second backend out of service", (_what, cluster) => {
    expect(plan(cluster).refusals.map((each) => each.code)).toContain("unhealthy");
  });
});

describe("the leader", () => {
  const last = () => threeBackends().inside("backend-1").upgraded("backend-2").upgraded("backend-3");
  const turn = () => last().installedOnly("backend-1");

  test("installed, failover still off: on, then upgrade --failover", () => {
    expect(ids(turn().failoverShown("off"))).toEqual([...leader("backend-1").slice(1), off, ...end]);
  });

  test("failover is on for it already: it stays on", () => {
    const cluster = turn().inside("backend-1", { failover: "on-for-leader" });
    for (const shown of [cluster, cluster.failoverShown("on")])
      expect(ids(shown)).toEqual([...leader("backend-1").slice(2), off, ...end]);
  });

  test("on for it by the record, but the cluster says off: upgrade --failover would fail, so it is set again", () => {
    const cluster = turn().inside("backend-1", { failover: "on-for-leader" }).failoverShown("off");
    expect(ids(cluster, { takeOverFailover: true })).toEqual([
      off,
      ...leader("backend-1").slice(1),
      off,
      ...end,
    ]);
    expect(plan(cluster).refusals.map((each) => each.code)).toEqual(["failover"]);
  });

  test("no longer the leader: failover off again, and a plain upgrade", () => {
    const moved = turn()
      .follower("backend-1")
      .leader("backend-2")
      .inside("backend-1", { failover: "on-for-leader" });
    expect(ids(moved)).toEqual([off, "backend-1/upgrade", "backend-1/rejoin", ...end]);
  });

  test("upgraded, handed over, not verified: rejoin, then the procedure's own off and on", () => {
    const done = turn().upgraded("backend-1").follower("backend-1").leader("backend-2");
    expect(ids(done.inside("backend-1", { failover: "on-for-leader" }))).toEqual([
      "backend-1/rejoin",
      off,
      ...end,
    ]);
  });

  test("its own install took it down: failover on, another leader awaited, then a plain upgrade", () => {
    const down = turn().missing("backend-1");
    const awaited = ["cluster/await-leader", "backend-1/upgrade", "backend-1/rejoin", off, ...end];
    expect(ids(down)).toEqual(["cluster/failover-on-for-leader", ...awaited]);
    const begun = down.inside("backend-1", { failover: "on-for-leader" }).failoverShown("on");
    expect(ids(begun)).toEqual(awaited);
    expect(ids(begun.leader("backend-2"))).toEqual(awaited.slice(1));
    expect(plan(down).refusals).toEqual([]);
    const interrupted = last().interrupted("backend-1").missing("backend-1").failoverShown("off");
    expect(ids(interrupted)[0]).toBe("backend-1/finish-install");
    expect(plan(interrupted).refusals).toEqual([]);
  });

  test("another one leads by now, and the third is not well with it yet: waited for, not refused as unhealthy", () => {
    const services = [{ service: "leaderl", up: false, seconds: 10 }];
    const led = turn()
      .missing("backend-1")
      .leader("backend-2")
      .inside("backend-1", { failover: "on-for-leader" });
    const soon = led.waiting("backend-3").with("backend-1", { services });
    expect(plan(soon).refusals).toEqual([]);
    expect(ids(soon).slice(0, 2)).toEqual(["cluster/await-leader", "backend-1/upgrade"]);
  });

  test.each(["leaderl", "postgresql"])(
    "its own %s is down: it does not lead, whatever others still show",
    (service) => {
      const services = [
        { service, up: false, seconds: 10 },
        { service: "etcd", up: true, seconds: 1000 },
      ];
      const stale = turn().with("backend-1", { services });
      expect(ids(stale).slice(0, 2)).toEqual(["cluster/failover-on-for-leader", "cluster/await-leader"]);
      const early = threeBackends()
        .inside("backend-1")
        .installedOnly("backend-1")
        .with("backend-1", { services });
      expect(plan(early).refusals.map((each) => each.code)).not.toContain("roles");
    },
  );

  test("nobody leads, but another backend has a service down as well: refused", () => {
    const cluster = turn().missing("backend-1");
    const status = cluster.state().nodes[1]!.status;
    const broken = (status as never as { service: string }[]).map((row) =>
      row.service === "postgresql" ? { ...row, local: "down" } : row,
    );
    const both = turn()
      .missing("backend-1")
      .with("backend-3", { status: broken as never });
    expect(plan(both).refusals.map((each) => each.code)).toContain("unhealthy");
  });

  test("it is down, nobody leads, and the others are not done: it is finished, then failover is off for them", () => {
    const down = threeBackends().inside("backend-1").installedOnly("backend-1").missing("backend-1");
    expect(plan(down).refusals).toEqual([]);
    expect(ids(down).slice(0, 6)).toEqual([
      ...["cluster/failover-on-for-leader", "cluster/await-leader"],
      ...["backend-1/upgrade", "backend-1/rejoin", off, "backend-2/install"],
    ]);
  });

  test("nobody leads, but it runs as before: that is not our step's doing, so it is not taken out too", () => {
    const begun = threeBackends().waiting("backend-1").inside("backend-1");
    for (const cluster of [begun, begun.installedOnly("backend-1")])
      expect(plan(cluster).refusals.map((each) => each.code)).toContain("unhealthy");
  });

  describe("our unfinished step is on it, and its followers are not done", () => {
    test("the leadership moved onto it: it is finished last, like any leader", () => {
      const moved = threeBackends().inside("backend-1").installedOnly("backend-1").failoverShown("off");
      expect(plan(moved).refusals).toEqual([]);
      expect(ids(moved)).toEqual([
        ...[...follower("backend-2"), ...follower("backend-3")],
        ...[...leader("backend-1").filter((id) => !id.endsWith("/install")), off, ...end],
      ]);
    });

    test("and its package is half installed: refused with the hand-over as the way out", () => {
      const moved = threeBackends().inside("backend-1").interrupted("backend-1");
      const refusal = plan(moved).refusals.find((each) => each.code === "roles")!;
      expect(refusal).toMatchObject({
        what: "Unfinished backend has become the leader",
        where: ["backend-1"],
      });
      expect(refusal.next).toContain("chef-backend-ctl promote backend-2");
    });

    test("another version is wanted now: it waits for its turn, and only while the cluster is healthy", () => {
      const bumped = () => threeBackends().at("2.3.15").inside("backend-1").failoverShown("off");
      expect(plan(bumped()).refusals).toEqual([]);
      expect(ids(bumped())).toEqual([
        ...[...follower("backend-2"), ...follower("backend-3"), ...leader("backend-1"), off, ...end],
      ]);
      expect(plan(bumped().waiting("backend-1")).refusals.map((each) => each.code)).toContain("unhealthy");
    });

    test("it only has to be verified: that comes first", () => {
      expect(ids(threeBackends().inside("backend-1").upgraded("backend-1"))).toContain("backend-1/rejoin");
      expect(plan(threeBackends().inside("backend-1").upgraded("backend-1")).refusals).toEqual([]);
    });
  });
});

describe("failover that an earlier run turned off", () => {
  test("closing steps owed, and nothing else: it is turned on, then verified", () => {
    const done = threeBackends().at("2.3.16");
    expect(ids(done.record({ failover: "off" }))).toEqual(end);
    expect(plan(done).owed).toEqual(["failover is off, turned off by an earlier run"]);
    expect(ids(done.record({ failover: "on-for-leader" }))).toEqual([off, ...end]);
    expect(ids(done.record({ failover: "on" }))).toEqual(["cluster/verify"]);
    expect(plan(done).owed).toEqual(["an earlier run did not finish"]);
  });

  test("the record is written before the change: another run's 'off' is not believed, the cluster's is", () => {
    const begun = () => threeBackends().record({ run: "run-1" });
    expect(ids(begun())[0]).toBe(off);
    expect(ids(begun().lockedBy("run-2"))[0]).toBe(off);
    expect(ids(begun().failoverShown("on"))[0]).toBe(off);
    expect(ids(begun().failoverShown("off"))[0]).toBe("backend-2/install");
  });

  test("within the run that wrote it and went on, it is off: not done again", () => {
    const ours = threeBackends().record({ run: "run-2" }).lockedBy("run-2");
    expect(ids(ours)[0]).toBe("backend-2/install");
    expect(ids(ours.failoverShown("on"))[0]).toBe(off);
  });

  test("found off without our record: refused, unless it is to be taken over", () => {
    const found = () => threeBackends().failoverShown("off");
    expect(plan(found()).refusals).toEqual([
      {
        code: "failover",
        what: "Failover is already off",
        where: ["the cluster"],
        seen: "leaders blocked, no run of this provider turned failover off",
        next: "ask who did; then `chef-backend-ctl set-cluster-failover on`, or set `takeOverFailover: true`",
        waitable: 0,
      },
    ]);
    const taken = plan(found(), { takeOverFailover: true });
    expect(taken.refusals).toEqual([]);
    expect(taken.steps[0]!.id).toBe(off);
    expect(taken.steps.at(-2)!.id).toBe("cluster/failover-on");
    expect(plan(found().record({ failover: "on", finished: true })).refusals).toHaveLength(1);
    expect(plan(found().record()).refusals).toEqual([]);
  });
});

describe("staging", () => {
  const staging = { kind: "upload", source: "./p.deb", sha256: "a".repeat(64), file: "aaaa-p.deb" } as const;
  const packages = {
    "2.3.16": { path: "aaaa-p.deb", sha256: staging.sha256, staging, stagedKiB: 300_000 },
  };

  test("comes before anything else, where a node that needs the package does not have it", () => {
    const cluster = threeBackends().packageFile("backend-2", {
      missing: true,
      problem: "there is no such file",
    });
    const result = plan(cluster, { packages });
    expect(result.steps.slice(0, 2).map((step) => step.id)).toEqual(["cluster/stage", off]);
    expect(result.steps[0]!.title).toContain("backend-2");
    expect(result.refusals).toEqual([]);
    const install = result.steps.find((step) => step.kind === "install")!;
    expect(install.commands[0]!.at(-1)).toBe("/var/lib/pulumi-chef-backend/packages/aaaa-p.deb");
  });

  test("is left out where everyone has it, and where nobody needs it", () => {
    expect(ids(threeBackends(), { packages })[0]).toBe(off);
    const done = threeBackends().at("2.3.16").packageFile("backend-1", { missing: true });
    expect(ids(done, { packages })).toEqual([]);
  });
});

test("the words of a plan's nodes stand alone: role, versions, place, why and what", () => {
  expect(
    plan(threeBackends().upgraded("backend-2").with("backend-1", { upgradedTo: "2.1.0-1" })).nodes,
  ).toEqual([
    {
      ...{ name: "backend-1", role: "leader", installed: "2.1.0", running: "2.1.0", desired: "2.3.16" },
      ...{
        order: 2,
        does: "install, failover on, upgrade --failover, verify rejoin",
        because: "2.1.0 => 2.3.16",
      },
    },
    {
      ...{ name: "backend-2", role: "follower", installed: "2.3.16", running: "2.3.16", desired: "2.3.16" },
      ...{ order: null, does: "nothing", because: "already there" },
    },
    {
      ...{ name: "backend-3", role: "follower", installed: "2.1.0", running: "2.1.0", desired: "2.3.16" },
      ...{ order: 1, does: "install, upgrade, verify rejoin", because: "2.1.0 => 2.3.16" },
    },
  ]);
  const iteration = plan(threeBackends().at("2.3.16-1"), { version: "2.3.16-2" });
  expect(iteration.nodes[1]).toMatchObject({ desired: "2.3.16-2", because: "2.3.16-1 => 2.3.16-2" });
});
