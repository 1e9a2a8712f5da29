import { patience } from "../../provider/procedures/downtime";
import { names, type Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { machinesOf, oldCluster, problems, repeated, up } from "./downtimeRig";

describe("1.x to 2.x with downtime", () => {
  test.each(["blocks", "returns", "waits"] as const)(
    "in the vendor's order; `upgrade` alone %s",
    async (alone) => {
      const r = oldCluster();
      r.sim.upgradeAlone = alone;
      const result = await up(r);
      expect(problems(r, result)).toEqual([]);
      expect(r.commands()).toEqual([
        "backend-2 backup",
        "frontend-1 backup --config-only --timeout 600",
        "backend-2 install",
        "backend-3 install",
        "backend-1 install",
        "backend-1 down-for-upgrade",
        "backend-3 down-for-upgrade",
        "backend-2 down-for-upgrade",
        "backend-2 upgrade",
        "backend-3 upgrade",
        "backend-1 upgrade",
        "frontend-1 reconfigure",
        "frontend-2 reconfigure",
      ]);
      expect(repeated(r)).toEqual([]);
      expect(check.recordOf(r)).toMatchObject({ leaderAtStart: "backend-1", finished: true });
    },
  );

  it("starts the next `upgrade` while the one before waits for the others", async () => {
    const r = oldCluster();
    await up(r);
    const upgrades = r.jobs.filter((job) => job.kind === "start-upgrade");
    expect(upgrades.map((job) => job.node)).toEqual(["backend-2", "backend-3", "backend-1"]);
    for (const [at, job] of upgrades.entries())
      expect(upgrades.slice(0, at).filter((before) => before.end!.at < job.at)).toEqual([]);
  });

  const ways = ["blocks", "returns", "waits"] as const;
  const mixtures = ways.flatMap((one) => ways.map((other) => [one, other] as const));
  test.each(mixtures)("`upgrade` alone %s on one follower and %s on the other", async (one, other) => {
    const r = oldCluster();
    r.sim.switches("backend-2").upgradeAlone = one;
    r.sim.switches("backend-3").upgradeAlone = other;
    expect(problems(r, await up(r))).toEqual([]);
    expect(machinesOf(r, "upgrade")).toEqual(["backend-2", "backend-3", "backend-1"]);
    expect(r.sim.leaderlessSeconds).toBeLessThan(r.sim.timings.verifyTimeout / 2);
  });

  it("keeps nobody waiting for one that starts nothing: the next `upgrade` begins after a moment", async () => {
    const r = oldCluster();
    r.sim.switches("backend-2").upgradeHangs = "before-restart";
    r.sim.when("backend-1", ["chef-backend-ctl", "upgrade"], () => {
      r.sim.switches("backend-2").upgradeHangs = false;
    });
    expect(problems(r, await up(r))).toEqual([]);
    const [first, second] = r.jobs.filter((job) => job.kind === "start-upgrade");
    expect((second!.at - first!.at) / 1000).toBeLessThan(patience + 15);
  });

  test.each([[["backend-2"]], [["backend-2", "backend-3"]]])(
    "%j gave up before there was a leader: upgraded once more, in the same run",
    async (early) => {
      const r = oldCluster();
      r.sim.upgradeAlone = "waits";
      // The leader's takes longer than the others wait for it.
      for (const name of names)
        r.sim.switches(name).upgradeHangs = early.includes(name) ? false : "before-restart";
      const { timings } = r.sim;
      for (const [at, name] of early.entries())
        r.sim.when(name, ["chef-backend-ctl", "upgrade"], () => {
          if (at < early.length - 1) return;
          r.clock.setTimer((timings.verifyTimeout + 120) * 1000, () => {
            for (const each of names) r.sim.switches(each).upgradeHangs = false;
          });
        });
      expect(problems(r, await up(r))).toEqual([]);
      expect(machinesOf(r, "upgrade")).toEqual(["backend-2", "backend-3", "backend-1", ...early]);
      expect(repeated(r)).toEqual([]);
      expect(r.texts("note").join()).toContain(
        "failed, perhaps for want of a leader. There is one now: it is run once more",
      );
    },
  );

  /** The first one gives up before there is a leader; `then` happens half a minute before, and a leader comes a minute later. */
  function givesUpUnseen(then: (r: Rehearsal) => void, back: () => void): Rehearsal {
    const r = oldCluster();
    r.sim.upgradeAlone = "waits";
    const hang = (hangs: false | "before-restart") =>
      names.forEach((name) => (r.sim.switches(name).upgradeHangs = name === "backend-2" ? false : hangs));
    hang("before-restart");
    const inSeconds = (seconds: number, what: () => void) =>
      r.clock.setTimer((r.sim.timings.verifyTimeout + seconds) * 1000, what);
    r.sim.when("backend-2", ["chef-backend-ctl", "upgrade"], () => {
      inSeconds(-30, () => then(r));
      inSeconds(60, () => hang(false));
      inSeconds(150, back);
    });
    return r;
  }

  it("upgrades once more who gave up while it was cut off from it, though somebody leads by the time it sees that", async () => {
    const r = givesUpUnseen(
      () => client.state.unreachable.add("backend-2"),
      () => client.state.unreachable.delete("backend-2"),
    );
    const client = r.client();
    expect(problems(r, await up(r, {}, client))).toEqual([]);
    expect(machinesOf(r, "upgrade")).toEqual(["backend-2", "backend-3", "backend-1", "backend-2"]);
  });

  it("upgrades once more who gave up so, also if a run before it has started that `upgrade`", async () => {
    const r = givesUpUnseen(
      () => second.state.unreachable.add("backend-2"),
      () => second.state.unreachable.delete("backend-2"),
    );
    const [first, second] = [r.client(), r.client()];
    r.sim.when("backend-1", ["chef-backend-ctl", "upgrade"], () =>
      r.clock.setTimer(1000, () => first.kill()),
    );
    await expect(up(r, {}, first)).rejects.toThrow("killed");
    expect(problems(r, await up(r, {}, second))).toEqual([]);
    expect(machinesOf(r, "upgrade")).toEqual(["backend-2", "backend-3", "backend-1", "backend-2"]);
  });

  it("takes another leader down first, and upgrades it last", async () => {
    const r = oldCluster({ leader: "backend-3", elasticsearchMaster: "backend-1" });
    expect(problems(r, await up(r))).toEqual([]);
    expect(machinesOf(r, "backup")).toEqual(["backend-1"]);
    expect(machinesOf(r, "install")).toEqual(["backend-1", "backend-2", "backend-3"]);
    expect(machinesOf(r, "down-for-upgrade")).toEqual(["backend-3", "backend-2", "backend-1"]);
    expect(machinesOf(r, "upgrade")).toEqual(["backend-1", "backend-2", "backend-3"]);
  });

  it("follows a leader that moves before the first one goes down", async () => {
    const r = oldCluster();
    r.onEvent = (event) => {
      if (event.type === "step-started" && event.step === "backend-3/install")
        r.sim.forceFailover("backend-2");
    };
    expect(problems(r, await up(r))).toEqual([]);
    expect(machinesOf(r, "down-for-upgrade")[0]).toBe("backend-2");
    expect(machinesOf(r, "upgrade").at(-1)).toBe("backend-2");
    expect(check.recordOf(r)!.leaderAtStart).toBe("backend-2");
  });

  it("does nothing the second time, with or without consent", async () => {
    const r = oldCluster();
    await up(r);
    const done = r.commands().length;
    for (const allowDowntime of ["2.3.16", null]) {
      const again = await up(r, { allowDowntime });
      expect(again).toMatchObject({ touched: false, failure: null });
    }
    expect(r.commands()).toHaveLength(done);
  });

  it("works where rpm installs, and without backups", async () => {
    const r = oldCluster({ platform: "rpm" });
    expect(problems(r, await up(r, { backup: false }))).toEqual([]);
    expect(r.commands().filter((each) => each.includes("backup "))).toEqual([]);
    expect(r.commands()[0]).toBe("backend-2 install");
  });

  const scripts = [[names[1]], [names[0]], [names[1], names[2]], [...names]];
  describe.each(["stop", "restart"] as const)("maintainer scripts %s the services", (script) => {
    test.each(scripts.map((on) => [on.join(", "), on] as const))("on %s", async (_which, on) => {
      const r = oldCluster();
      for (const name of on) r.sim.switches(name).maintainerScript = script;
      expect(problems(r, await up(r))).toEqual([]);
      expect(machinesOf(r, "install")).toEqual(["backend-2", "backend-3", "backend-1"]);
      expect(machinesOf(r, "upgrade")).toEqual(["backend-2", "backend-3", "backend-1"]);
      expect(machinesOf(r, "down-for-upgrade")[0]).toBe("backend-1");
    });
  });

  it("takes a note of another day on the nodes for no `upgrade` of today", async () => {
    const r = oldCluster();
    for (const node of r.nodes) node.upgradedTo = "2.3.16-1";
    r.sim.switches("backend-2").upgradeFails = { code: 3, message: "no" };
    expect(check.textOf(await up(r))).toMatch(/upgrade` on backend-2 ended with 3/);
    r.sim.switches("backend-2").upgradeFails = null;
    expect(problems(r, await up(r))).toEqual([]);
    // Once more when somebody led, and by the next run.
    expect(machinesOf(r, "upgrade")).toEqual([
      ...["backend-2", "backend-3", "backend-1"],
      ...["backend-2", "backend-2"],
    ]);
  });

  it("turns failover on where it takes another operator's block over", async () => {
    const r = oldCluster({ columns: { blocked: true } });
    r.sim.cluster.failover = false;
    const refused = await up(r);
    expect(check.textOf(refused)).toMatch(/Failover is already off/);
    expect(r.commands()).toEqual([]);
    expect(problems(r, await up(r, { takeOverFailover: true }))).toEqual([]);
  });
});
