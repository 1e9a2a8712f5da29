import type { RunEvent } from "../../provider/report/events";
import type { SimulationOptions } from "../../lab/simulation/types";
import { names, Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { blame } from "../support/labLog";
import { sampled } from "../support/sample";

/** Published at once: nothing is stale. */
const live = { statusInternalUpdateInterval: 0.1, statusPostUpdateInterval: 0.1 };

/** What moved by fate a moment ago, nobody can have known. */
const fate = (r: Rehearsal): check.OrderOptions => ({
  ignore: (job) => (r.moves.some((at) => at <= job.at && at > job.at - check.staleFor) ? names : []),
});

/** What the refusal tells the operator to do. */
async function handOver(r: Rehearsal, to: string): Promise<void> {
  const ctl = (...words: string[]) => r.clock.run(r.sim.exec(r.sim.leader!, ["chef-backend-ctl", ...words]));
  expect(await ctl("set-cluster-failover", "on")).toMatchObject({ code: 0 });
  expect(await ctl("promote", to)).toMatchObject({ code: 0 });
  await r.clock.advance(60_000);
}

describe("the leadership moves", () => {
  test.each<[string, Partial<SimulationOptions>]>([
    ["seen late", {}],
    ["seen at once", { timings: live }],
    ["seen late, rpm, no column shows failover", { platform: "rpm", columns: { blocked: false } }],
  ])("to each node during each step: roles are read again (%s)", async (_what, options) => {
    const found: Record<string, string[]> = {};
    let moved = 0;
    let stuck = 0;
    const steps = await check.planOf(new Rehearsal(options));
    const all = [...steps.entries()].flatMap((each) =>
      names.flatMap((to) => [0.5, 16].map((seconds) => ({ each, to, seconds }))),
    );
    for (const {
      each: [index, step],
      to,
      seconds,
    } of sampled(all, options.platform ? 1 : options.timings ? 2 : 0, 3)) {
      const r = new Rehearsal(options);
      check.atStep(r, index, () =>
        r.clock.setTimer(seconds * 1000, () => {
          if (!r.sim.cluster.eligible(r.sim.backend(to))) return;
          moved += 1;
          r.sim.forceFailover(to);
        }),
      );
      const first = await r.up();
      r.onEvent = undefined;
      const problems = first.failure ? check.failoverProblems(r, first) : [];
      await r.clock.advance(60_000);
      let last = await r.up();
      const wayOut = /hand over leadership: `chef-backend-ctl promote (.*)`/.exec(check.textOf(last));
      if (wayOut) {
        stuck += 1;
        await handOver(r, wayOut[1]!);
        last = await r.up();
      }
      problems.push(...check.allProblems(r, last, fate(r)));
      if (blame(r, problems)) found[`${index} ${step.id} after ${seconds} s to ${to}`] = problems;
    }
    expect(found).toEqual({});
    expect(moved).toBeGreaterThan(0);
    expect(stuck).toBeLessThanOrEqual(moved / 3);
  });

  test.each([0, 300])(
    "while the step was announced, which took a minute at the first try (guard: %s s): roles are read again",
    async (failoverGuard) => {
      const r = new Rehearsal({ timings: live });
      const client = r.client();
      r.onEvent = (event) => {
        if (event.type !== "step-started" || event.step !== "backend-1/upgrade-with-failover") return;
        r.onEvent = undefined;
        const wakeUp = client.fallAsleep();
        r.sim.forceFailover("backend-3");
        r.clock.setTimer(60_000, wakeUp);
      };
      const result = await r.up({ failoverGuard }, client);
      expect(check.allProblems(r, result, fate(r))).toEqual([]);
      expect(r.texts("note").join("\n")).toMatch(/Announcing the step to all backends took \d+ s/);
      expect(r.commands()).toContain("backend-1 upgrade");
      expect(r.commands()).not.toContain("backend-1 upgrade --failover");
    },
  );

  test("a follower that became leader is left for its turn as leader", async () => {
    const r = new Rehearsal();
    r.sim.leaderMovesDuring("backend-2", ["chef-backend-ctl", "upgrade"], "backend-3");
    expect(check.allProblems(r, await r.up(), fate(r))).toEqual([]);
    expect(r.commands()).toEqual([
      "backend-1 set-cluster-failover off",
      ...["backend-2 install", "backend-2 upgrade", "backend-1 install", "backend-1 upgrade"],
      ...["backend-3 install", "backend-3 set-cluster-failover on", "backend-3 upgrade --failover"],
      `${r.sim.leader} set-cluster-failover off`,
      `${r.sim.leader} set-cluster-failover on`,
    ]);
  });

  describe("a follower whose `upgrade` was lost becomes the leader", () => {
    const unfinishedLeads = async () => {
      const r = await check.lostWithJob("backend-2/upgrade", 0.5);
      await r.clock.advance(60_000);
      r.sim.forceFailover("backend-2");
      await r.clock.advance(60_000);
      return r;
    };

    test("it is finished last, like any leader, and nobody has to hand over", async () => {
      const r = await unfinishedLeads();
      expect(check.allProblems(r, await r.up())).toEqual([]);
      const worked = r.jobs.filter(check.isWork).map(({ node, kind }) => `${node} ${kind}`);
      expect(worked.slice(2)).toEqual([
        ...["backend-1 install", "backend-1 upgrade", "backend-3 install", "backend-3 upgrade"],
        "backend-2 upgrade-with-failover",
      ]);
    });

    test("a run that cannot go on leaves failover on: another one may take its place", async () => {
      const r = await unfinishedLeads();
      expect(r.sim.failover).toBe(false);
      r.sim.elasticsearchYellow(Infinity);
      await r.clock.advance(30_000);
      expect(check.textOf(await r.up())).toMatch(/Cluster is not healthy[^]*Failover is on\./);
      expect(r.sim.failover).toBe(true);
      r.sim.elasticsearchGreen();
      await r.clock.advance(60_000);
      expect(check.allProblems(r, await r.up())).toEqual([]);
    });
  });

  test.each([true, false])(
    "between failover on and `upgrade --failover`: failover off, plain upgrade (columns: %s)",
    async (blocked) => {
      const r = new Rehearsal({ timings: live, columns: { blocked } });
      r.onEvent = (event) => {
        if (event.type === "step-started" && event.step === "cluster/failover-on-for-leader")
          r.clock.setTimer(900, () => r.sim.forceFailover("backend-3"));
      };
      // The leader that lost its role catches up before it is upgraded.
      expect(check.allProblems(r, await r.up(), fate(r))).toEqual([]);
      expect(r.commands().slice(5)).toEqual([
        "backend-1 install",
        "backend-1 set-cluster-failover on",
        "backend-3 set-cluster-failover off",
        "backend-1 upgrade",
        "backend-3 set-cluster-failover on",
      ]);
    },
  );

  test("unseen before `upgrade --failover`: it fails, and the next run upgrades the follower it is", async () => {
    const r = new Rehearsal();
    r.onEvent = (event) => {
      if (event.type === "step-started" && event.step === "backend-1/upgrade-with-failover")
        r.sim.forceFailover("backend-3");
    };
    const first = await r.up();
    r.onEvent = undefined;
    expect(check.textOf(first)).toMatch(/--failover can only be used on the leader[^]*Failover is on\./);
    await r.clock.advance(60_000);
    expect(check.allProblems(r, await r.up(), fate(r))).toEqual([]);
    expect(r.commands().slice(-3)).toEqual([
      "backend-3 set-cluster-failover off",
      "backend-1 upgrade",
      "backend-3 set-cluster-failover on",
    ]);
  });
});

describe("installs that do more than they should", () => {
  test.each(["deb", "rpm"] as const)(
    "%s: the leader's install breaks it: failover on, then upgrade",
    async (platform) => {
      const r = new Rehearsal({ platform });
      r.sim.switches("backend-1").installBreaksLeader = true;
      expect(check.allProblems(r, await r.up())).toEqual([]);
      expect(r.commands().slice(5, 8)).toEqual([
        "backend-1 install",
        "backend-2 set-cluster-failover on",
        "backend-1 upgrade",
      ]);
      expect(r.sim.leaderlessSeconds).toBeLessThan(60);
    },
  );

  describe("the leader's install stops it, and nobody takes over", () => {
    const leaderless = () => {
      const r = new Rehearsal();
      r.sim.switches("backend-1").installBreaksLeader = true;
      const others = names.slice(1).map((name) => r.sim.switches(name));
      r.onEvent = (event) => {
        if (event.type === "step-started" && event.step === "backend-1/install")
          for (const switches of others) switches.role = "waiting_for_leader";
      };
      return { r, elect: () => others.forEach((switches) => (switches.role = null)) };
    };
    const awaited =
      /no other backend leads yet: backend-1 led, and its own installation stopped its services, after 900 s\./;

    test("its `upgrade` is not begun, failover stays on, and the next run waits on", async () => {
      const { r, elect } = leaderless();
      const text = check.textOf(await r.up());
      expect(text).toMatch(awaited);
      expect(text).toContain("Failover is on.");
      expect(check.textOf(await r.up())).toMatch(awaited);
      expect(r.commands().slice(5)).toEqual(["backend-1 install", "backend-2 set-cluster-failover on"]);
      elect();
      expect(check.allProblems(r, await r.up())).toEqual([]);
    });

    test("killed while it waits: the next run waits on, and upgrades it once somebody leads", async () => {
      const { r, elect } = leaderless();
      const client = r.client();
      const arrange = r.onEvent!;
      r.onEvent = (event) => {
        arrange(event);
        if (event.type === "waiting" && event.step === "cluster/await-leader") client.kill();
      };
      expect(await check.upOrKilled(r, {}, client)).toBeNull();
      r.clock.setTimer(60_000, elect);
      expect(check.allProblems(r, await r.up())).toEqual([]);
      expect(check.count(r, "backend-1", /^install/)).toBe(1);
    });

    test("it comes back and leads: it hands over after all", async () => {
      const { r, elect } = leaderless();
      const arrange = r.onEvent!;
      r.onEvent = (event) => {
        arrange(event);
        if (event.type !== "waiting" || event.step !== "cluster/await-leader" || event.seconds < 30) return;
        elect();
        r.sim.backend("backend-1").start();
        r.sim.forceFailover("backend-1");
      };
      expect((await r.up()).failure).toBeNull();
      expect(r.commands().slice(6)).toContainEqual(expect.stringMatching(/^backend-1 upgrade/));
      expect(r.texts("waiting").join()).toContain("no other backend leads yet: backend-1 led");
    });
  });

  test.each([
    ["stop", {}],
    ["restart", {}],
    ["stop", { platform: "rpm" }],
    ["restart", { platform: "rpm" }],
    ["stop", { columns: { blocked: false } }],
    ["stop", { timings: live }],
    ["restart", { timings: live }],
  ] as const)("a maintainer script that does a %s (%j)", async (postinst, options) => {
    for (const leader of names) {
      const r = new Rehearsal({ ...options, leader }, { postinst });
      expect(check.allProblems(r, await r.up())).toEqual([]);
    }
  });
});

describe("an upgrade that is not what it seems", () => {
  test.each(names)("it returns before %s is back: rejoin is verified, not believed", async (name) => {
    for (let seed = 1; seed <= 5; seed++) {
      const r = new Rehearsal({ seed });
      r.sim.switches(name).upgradeReturnsEarly = true;
      r.sim.switches(name).rejoinSlow = 100;
      expect(check.allProblems(r, await r.up())).toEqual([]);
      expect(r.texts("waiting").join()).toMatch(/postgresql syncing: 1/);
    }
  });

  test.each(["elasticsearch", "epmd", "etcd", "leaderl", "postgresql"] as const)(
    "it leaves %s running, with its old age",
    async (service) => {
      for (const upgradeReturnsEarly of [false, true]) {
        const r = new Rehearsal();
        for (const name of names)
          Object.assign(r.sim.switches(name), { serviceNotRestarted: service, upgradeReturnsEarly });
        expect(check.allProblems(r, await r.up())).toEqual([]);
      }
    },
  );

  test("a status from before the restart is not believed: without that rule nodes are touched too early", async () => {
    const early = async (intervals: readonly string[], seed: number) => {
      // Short stops: what was posted before is still shown after.
      const r = new Rehearsal({ seed, timings: { stopServices: 1, startServices: 1 } });
      for (const name of names)
        Object.assign(r.sim.switches(name), { upgradeReturnsEarly: true, configLines: intervals });
      await r.up();
      return r.sim.maxOut > 1 || r.sim.riskyStops.length > 0 || check.orderProblems(r).length > 0;
    };
    const seeds = Array.from({ length: 20 }, (_, at) => at + 1);
    const count = async (intervals: readonly string[]) => {
      let found = 0;
      for (const seed of seeds) if (await early(intervals, seed)) found += 1;
      return found;
    };
    // A configuration that lies: the cluster posts as slowly as by default.
    const none = ["internal_update", "post_update"].map(
      (each) => `leaderl.status_${each}_interval_seconds 0`,
    );
    expect(await count(none)).toBeGreaterThan(0);
    expect(await count([])).toBe(0);
  });

  test.each([
    ["as documented", {}, 45],
    ["of the cluster's own configuration", { leaderTtl: 60, statusPostUpdateInterval: 25 }, 90],
  ])(
    "a run that takes over waits for lease and status before the leader's step: %s",
    async (_what, timings, seconds) => {
      const r = new Rehearsal({ timings });
      const client = r.client();
      let reached = 0;
      const noting = (then: () => void) => (event: RunEvent) => {
        if (event.type !== "step-started" || event.step !== "backend-1/upgrade-with-failover") return;
        reached = r.clock.now();
        then();
      };
      r.onEvent = noting(() => client.kill());
      expect(await check.upOrKilled(r, {}, client)).toBeNull();
      r.onEvent = noting(() => undefined);
      const begun = r.clock.now();
      expect(check.allProblems(r, await r.up())).toEqual([]);
      const waited = (reached - begun) / 1000;
      expect(waited).toBeGreaterThanOrEqual(seconds);
      expect(waited).toBeLessThan(seconds + 45);
    },
  );

  test("the intervals of the cluster's own configuration count: slower ones need more time", async () => {
    const timings = { statusInternalUpdateInterval: 20, statusPostUpdateInterval: 40 };
    for (let seed = 1; seed <= 10; seed++) {
      const r = new Rehearsal({ seed, timings });
      for (const name of names) r.sim.switches(name).upgradeReturnsEarly = true;
      expect(check.allProblems(r, await r.up())).toEqual([]);
    }
  });
});

describe("health between nodes", () => {
  test("Elasticsearch turns yellow after a node: waited for", async () => {
    const r = new Rehearsal();
    r.onEvent = (event) => {
      if (event.type === "step-finished" && event.step === "backend-2/upgrade")
        r.sim.elasticsearchYellow(120);
    };
    const began = r.clock.now();
    expect(check.allProblems(r, await r.up())).toEqual([]);
    expect(r.clock.now() - began).toBeGreaterThan(300_000);
    expect(r.texts("waiting").join()).toMatch(/elasticsearch state: yellow/);
  });

  test.each(["before", "during"])(
    "Elasticsearch turns yellow %s an install: that node serves until it is green",
    async (when) => {
      for (const timings of [{}, live]) {
        const r = new Rehearsal({ timings });
        r.onEvent = (event) => {
          if (event.type === "step-finished" && event.step === "backend-2/rejoin" && when === "before")
            r.sim.elasticsearchYellow(90);
          if (event.type === "step-started" && event.step === "backend-3/install" && when === "during")
            r.clock.setTimer(1000, () => r.sim.elasticsearchYellow(90));
        };
        expect(check.allProblems(r, await r.up())).toEqual([]);
        expect(r.texts("waiting").join()).toMatch(/Cluster is not healthy: elasticsearch state: yellow/);
      }
    },
  );

  test("for ever: stopped with what is unassigned, failover on, the next node untouched", async () => {
    const r = new Rehearsal();
    r.onEvent = (event) => {
      if (event.type === "step-finished" && event.step === "backend-2/upgrade")
        r.clock.setTimer(10_000, () => r.sim.elasticsearchYellow(Infinity));
    };
    const result = await r.up();
    r.onEvent = undefined;
    expect(check.textOf(result)).toMatch(/elasticsearch state: yellow/);
    expect(check.failoverProblems(r, result)).toEqual([]);
    expect(check.count(r, "backend-3", /install/)).toBe(0);
    r.sim.elasticsearchGreen();
    await r.clock.advance(30_000);
    expect(check.allProblems(r, await r.up())).toEqual([]);
  });

  test("healthy, then not: one good reading is none", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const r = new Rehearsal({ seed, timings: live });
      let flaps = 0;
      r.onEvent = (event) => {
        // Whenever a good reading was seen, PostgreSQL falls behind again, three times.
        if (event.type !== "waiting" || !event.text.includes("a second reading confirms") || flaps >= 3)
          return;
        flaps += 1;
        const backend = r.sim.backend("backend-2");
        backend.stop(["postgresql"]);
        backend.start(["postgresql"]);
      };
      const result = await r.up();
      expect(flaps).toBe(3);
      expect(check.problemsAtTheEnd(r, result)).toEqual([]);
      expect(check.orderProblems(r)).toEqual([]);
    }
  });

  test("the leader is lost while failover is off, and nobody can be elected: nobody is forced, and what a person can do is told", async () => {
    const r = new Rehearsal();
    r.onEvent = (event) => {
      if (event.type === "step-started" && event.step === "backend-2/rejoin")
        for (const name of ["backend-1", "backend-3"]) r.sim.backend(name).stop(["postgresql"]);
    };
    const text = check.textOf(await r.up());
    expect(text).toMatch(/^FAILOVER IS OFF .*by hand: chef-backend-ctl set-cluster-failover on$/m);
    expect(text).toMatch(
      /has not rejoined after 900 s: .*nobody is elected while failover is off, .*: allow failover by hand, or see https/,
    );
    expect(r.sim.history.filter(({ argv }) => /promote|force-leader/.test(argv.join(" ")))).toEqual([]);
  });

  test("each wait ends: a cluster that never gets well", async () => {
    const r = new Rehearsal();
    r.sim.switches("backend-2").upgradeReturnsEarly = true;
    r.sim.switches("backend-2").rejoinFails = "partially_synced";
    const began = r.clock.now();
    const result = await r.up();
    expect(check.textOf(result)).toMatch(/has not rejoined after 900 s/);
    expect(check.textOf(result)).toMatch(
      /If PostgreSQL goes on syncing on backend-2: .* your decision.* pgsql-follow --force-basebackup [\d.]+$/m,
    );
    expect(r.clock.now() - began).toBeLessThan(1_100_000);
    expect(check.failoverProblems(r, result)).toEqual([]);
  });
});
