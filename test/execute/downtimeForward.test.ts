import { names } from "../support/rehearsal";
import * as check from "./checks";
import { forced, machinesOf, oldCluster, orderProblems, problems, repeated, up } from "./downtimeRig";

const failure = (message: string) => ({ code: 3, message });
const quick = {
  install: 900,
  upgrade: 300,
  rejoin: 120,
  resync: 7200,
  failover: 120,
  stage: 60,
  packageLock: 300,
};
const timeouts = { ...quick, healthy: 60, backup: 200, services: 120, reindex: 600, statusInterval: 15 };

describe("past the point of no return", () => {
  const when = [
    ["before the restart", false],
    ["after the restart", true],
  ] as const;
  const cases = names.flatMap((name) =>
    when.map(([what, afterRestart]) => [name, what, afterRestart] as const),
  );
  test.each(cases)(
    "`upgrade` fails on %s %s: the others are upgraded, once more when somebody leads, the next run finishes",
    async (name, _what, afterRestart) => {
      const r = oldCluster();
      r.sim.switches(name).upgradeFails = { ...failure("migration failed"), afterRestart };
      const result = await up(r);
      const text = check.textOf(result);
      expect(text).toMatch(/^THE CLUSTER IS PAST THE POINT OF NO RETURN: backend-1 led when it went down/);
      expect(text).toMatch(new RegExp(`\`chef-backend-ctl upgrade\` on ${name} ended with 3`));
      expect(text).toMatch(/migration failed/);
      // Nobody leads while the one that led has nothing running.
      const again = name === "backend-1" && !afterRestart ? [] : [name];
      expect(machinesOf(r, "upgrade")).toEqual(["backend-2", "backend-3", "backend-1", ...again]);
      expect(machinesOf(r, "start")).toEqual([]);
      r.sim.switches(name).upgradeFails = null;
      expect(problems(r, await up(r))).toEqual([]);
      expect(repeated(r)).toEqual([]);
    },
  );

  it("tells every `upgrade` that failed", async () => {
    const r = oldCluster();
    for (const name of names) r.sim.switches(name).upgradeFails = failure("no");
    const text = check.textOf(await up(r));
    for (const name of names) expect(text).toMatch(new RegExp(`upgrade\` on ${name} ended with 3`));
    expect(text).toMatch(/Services are down on: backend-1, backend-2, backend-3/);
    for (const name of names) r.sim.switches(name).upgradeFails = null;
    expect(problems(r, await up(r))).toEqual([]);
  });

  test.each(["before-restart", "after-restart"] as const)(
    "`upgrade` hangs %s: it is left alone, and attached to",
    async (where) => {
      const r = oldCluster();
      r.sim.switches("backend-2").upgradeHangs = where;
      const first = await up(r, { timeouts });
      expect(check.textOf(first)).toMatch(/backend-2 still runs after 300 s/);
      expect(machinesOf(r, "upgrade")).toEqual(["backend-2", "backend-3", "backend-1"]);
      const second = await up(r, { timeouts });
      expect(check.textOf(second)).toMatch(/backend-2 still runs after 300 s/);
      r.clock.setTimer(60_000, () => (r.sim.switches("backend-2").upgradeHangs = false));
      expect(problems(r, await up(r, { timeouts }))).toEqual([]);
      expect(machinesOf(r, "upgrade")).toEqual(["backend-2", "backend-3", "backend-1"]);
    },
  );

  test.each(["blocks", "returns"] as const)(
    "nobody leads afterwards (`upgrade` alone %s): waits, names the recovery page, forces nobody",
    async (alone) => {
      const r = oldCluster();
      r.sim.upgradeAlone = alone;
      r.sim.noLeaderAfterFullStop = true;
      const started = r.clock.now();
      const text = check.textOf(await up(r));
      expect(text).toMatch(
        /nobody is made the leader by us: wait, or see https:\/\/docs\.chef\.io\/backend_failure_recovery/,
      );
      expect(text).toMatch(/^THE CLUSTER IS PAST THE POINT OF NO RETURN: backend-1 led/);
      expect(r.clock.now() - started).toBeGreaterThan(600_000);
      expect(forced(r)).toEqual([]);
      expect(machinesOf(r, "reconfigure")).toEqual([]);
      r.sim.noLeaderAfterFullStop = false;
      expect(problems(r, await up(r))).toEqual([]);
    },
  );

  it("waits for a leader that comes late", async () => {
    const r = oldCluster();
    r.sim.noLeaderAfterFullStop = true;
    r.sim.when(
      "backend-1",
      ["chef-backend-ctl", "upgrade"],
      () => (r.sim.noLeaderAfterFullStop = false),
      300,
    );
    expect(problems(r, await up(r))).toEqual([]);
  });

  it("a frontend's reconfigure fails: the next run goes on with it alone", async () => {
    const r = oldCluster();
    r.sim.switches("frontend-1").reconfigureFails = failure("no nginx");
    const text = check.textOf(await up(r));
    expect(text).toMatch(/frontend-1\/reconfigure: .* ended with 3/);
    expect(text).toMatch(/The cluster is healthy/);
    expect(machinesOf(r, "reconfigure")).toEqual(["frontend-1"]);
    r.sim.switches("frontend-1").reconfigureFails = null;
    expect(problems(r, await up(r, { allowDowntime: null }))).toEqual([]);
    expect(machinesOf(r, "reconfigure")).toEqual(["frontend-1", "frontend-1", "frontend-2"]);
    expect(machinesOf(r, "upgrade")).toHaveLength(3);
  });

  it("brings the backends up although a frontend is out of reach", async () => {
    const r = oldCluster();
    r.sim.when("backend-2", ["chef-backend-ctl", "upgrade"], () => r.sim.nodeDown("frontend-2"));
    const text = check.textOf(await up(r));
    expect(text).toMatch(/Frontend cannot be reached .*\n.*where: frontend-2\n.*frontend-2 is down/);
    expect(text).toMatch(/The cluster is healthy/);
    r.sim.nodeUp("frontend-2");
    expect(problems(r, await up(r))).toEqual([]);
    expect(orderProblems(r)).toEqual([]);
  });
});
