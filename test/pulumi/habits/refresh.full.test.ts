import type { EnterpriseLab } from "../../../lab/enterpriseLab";
import type { Lab } from "../../../lab/lab";
import { HabitStack, type Outcome } from "./habitStack";
import { aCluster, anEnterprise } from "./subjects";

/**
 * What people run every night: `pulumi refresh --expect-no-changes`. It ends with 0 on a system which is as the state
 * says, in whatever state of an upgrade, and with 7 on one that is not.
 */
const unchanged = 0;
const changed = 7;

describe("a nightly refresh", () => {
  const clusters: Record<string, Lab> = {};
  const pairs: Record<string, EnterpriseLab> = {};
  const ends: (() => Promise<void>)[] = [];
  let stack: HabitStack;

  beforeAll(async () => {
    stack = await HabitStack.start({});
    ends.push(() => stack.stop());
    const add = async <L extends { stop(): Promise<void> }>(
      name: string,
      starting: Promise<{ lab: L; declared: HabitStack["resources"][string] }>,
    ) => {
      const { lab, declared } = await starting;
      ends.push(() => lab.stop());
      stack.resources[name] = declared;
      return lab;
    };
    for (const name of ["calm", "upgraded", "stopped", "blocked", "without-database", "elsewhere", "down"])
      clusters[name] = await add(name, aCluster());
    for (const name of ["pair", "upgraded-pair", "stopped-pair", "standalone", "silent"])
      pairs[name] = await add(name, anEnterprise());
    await stack.ok(stack.up());
  });
  afterAll(async () => {
    for (const end of ends) await end();
  });

  const nightly = () => stack.refresh("--expect-no-changes");
  /** By what a refresh of it came to: names of resources. */
  const changedIn = ({ ops }: Outcome) => Object.keys(ops).filter((name) => ops[name] !== "same");

  it("finds nothing after adoption", async () => {
    const refresh = await nightly();
    expect(changedIn(refresh)).toEqual([]);
    expect(refresh.code).toBe(unchanged);
  });

  it("finds nothing after an upgrade, nor after one that stopped half-way", async () => {
    for (const name of ["upgraded", "stopped"]) stack.set(name, { version: "2.3.16" });
    for (const name of ["upgraded-pair", "stopped-pair"])
      stack.set(name, { version: "11.3.2", allowDowntime: "11.3.2" });
    clusters.stopped!.sim.switches("backend-3").upgradeFails = { code: 1, message: "no space left" };
    pairs["stopped-pair"]!.sim.switches("frontend-1").upgradeFails = { code: 1, message: "no space left" };
    const up = await stack.up("--continue-on-error");
    expect(up.code).not.toBe(0);
    expect(up.ops).toMatchObject({ upgraded: "update", "upgraded-pair": "update" });
    expect(up.all).toContain("FAILOVER IS OFF");
    // Of a failed update Pulumi keeps the inputs from before: a first refresh writes those that were asked for.
    const first = await nightly();
    expect([first.code, changedIn(first)]).toEqual([unchanged, []]);
    const refresh = await nightly();
    expect([refresh.code, changedIn(refresh)]).toEqual([unchanged, []]);
    expect(refresh.said.stopped!.join("\n")).toContain("backend-3");
    // What is unfinished is finished by `up` all the same.
    const preview = await stack.preview();
    expect(preview.ops).toMatchObject({ stopped: "update", "stopped-pair": "update", upgraded: "same" });
  });

  it("finds nothing when that has been finished", async () => {
    clusters.stopped!.sim.switches("backend-3").upgradeFails = null;
    pairs["stopped-pair"]!.sim.switches("frontend-1").upgradeFails = null;
    await stack.ok(stack.up());
    const refresh = await nightly();
    expect(changedIn(refresh)).toEqual([]);
    expect(refresh.code).toBe(unchanged);
  });

  /** What has changed on the machines since, and words of the warning that tells it where one does. */
  const drifts: Record<string, { drift(): void; mend(): void; warns?: RegExp }> = {
    blocked: {
      drift: () => void (clusters.blocked!.sim.cluster.failover = false),
      mend: () => void (clusters.blocked!.sim.cluster.failover = true),
      warns: /failover is off/i,
    },
    "without-database": {
      drift: () => clusters["without-database"]!.sim.backend("backend-2").stop(["postgresql"]),
      mend: () => clusters["without-database"]!.sim.backend("backend-2").start(),
      warns: /backend-2.*postgresql|postgresql.*backend-2/is,
    },
    elsewhere: {
      drift: () => clusters.elsewhere!.sim.forceFailover("backend-3"),
      mend: () => undefined,
    },
    standalone: {
      drift: () => void (pairs.standalone!.sim.switches("backend-2").drbd = "StandAlone"),
      mend: () => void (pairs.standalone!.sim.switches("backend-2").drbd = null),
      warns: /StandAlone/,
    },
    down: {
      drift: () => clusters.down!.sim.nodeDown("backend-3"),
      mend: () => clusters.down!.sim.nodeUp("backend-3"),
      warns: /backend-3 cannot be reached/,
    },
    silent: {
      drift: () => void (pairs.silent!.sim.switches("frontend-1").serviceDown = "nginx"),
      mend: () => void (pairs.silent!.sim.switches("frontend-1").serviceDown = null),
      warns: /nginx/,
    },
  };

  /** A leader that moved is no reason to warn. */
  const expectWarnings = ({ said }: Outcome) => {
    const told = Object.keys(drifts).map((name) => [
      name,
      (said[name] ?? []).filter((line) => line.startsWith("warning")).join("\n"),
    ]);
    expect(told).toEqual(
      Object.entries(drifts).map(([name, { warns }]) => [
        name,
        warns ? (expect.stringMatching(warns) as string) : "",
      ]),
    );
  };

  it("finds each thing that drifted, and warns of what is not healthy", async () => {
    for (const { drift } of Object.values(drifts)) drift();
    const refresh = await nightly();
    expect(refresh.code).toBe(changed);
    expect(changedIn(refresh).sort()).toEqual(Object.keys(drifts).sort());
    expectWarnings(refresh);
    expect((await stack.state("blocked")).outputs).toMatchObject({ failover: "off" });
    expect((await stack.state("elsewhere")).outputs).toMatchObject({ leader: "backend-3" });
    for (const name of ["without-database", "down"])
      expect((await stack.state(name)).outputs).toMatchObject({ healthy: false });
  });

  it("warns of it every night, and finds that it is mended", async () => {
    const again = await nightly();
    expectWarnings(again);
    for (const { mend } of Object.values(drifts)) mend();
    for (const { sim } of Object.values(clusters))
      await sim.until(() => sim.healthy, AbortSignal.timeout(60_000));
    const mended = await nightly();
    expect(mended.code).toBe(changed);
    expect(await nightly()).toMatchObject({ code: unchanged });
    for (const { sim } of Object.values(clusters).slice(3)) expect(sim.history).toEqual([]);
  });
});
