import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import type { UpgradeSpec } from "../../provider/plan/spec";
import { names, type Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import {
  machinesOf,
  oldCluster,
  problems as problemsOfDowntime,
  repeated as repeatedInDowntime,
} from "./downtimeRig";
import { problems, repeated, Site, target } from "./frontendsRig";
import { aRehearsal, asked, endProblems, harm } from "./reindexRig";
import { byAddress, type Called, called, turned } from "./renames";

// What a run has begun and still owes goes by the machines, whatever the program calls them by the time of the next one.

const no = { code: 7, message: "it does not work" };
/** As a release has written it that knew names only. */
function ofEarlierRelease(r: Rehearsal): void {
  for (const node of r.nodes)
    if (node.record !== "") node.record = JSON.stringify({ ...JSON.parse(node.record), who: undefined });
}

describe("full downtime, every backend done, and a frontend's `reconfigure` failed", () => {
  async function failed(): Promise<Rehearsal> {
    const r = oldCluster();
    r.sim.switches("frontend-2").reconfigureFails = no;
    expect(check.textOf(await r.up({ allowDowntime: "2.3.16" }))).toMatch(/it does not work/);
    r.sim.switches("frontend-2").reconfigureFails = null;
    return r;
  }

  test.each([
    ["addresses in place of names", byAddress],
    ["names that others had", () => turned],
  ])("%s: only that frontend is left, and nobody is asked again", async (_what, by) => {
    const r = await failed();
    const before = r.commands().length;
    const result = await r.up(called(r, {}, by(r)));
    expect(problemsOfDowntime(r, result).filter((each) => !each.includes("it led"))).toEqual([]);
    expect(r.commands().slice(before)).toEqual(["frontend-2 reconfigure"]);
  });

  test("a frontend that was added is reconfigured as well, wherever it is listed; one that is gone is none", async () => {
    const r = await failed();
    const { frontends } = r.spec();
    const change = { frontends: { ...frontends!, nodes: [...frontends!.nodes].reverse() } };
    const before = r.commands().length;
    const result = await r.up(called(r, change, (name) => (name === "frontend-1" ? "new" : name)));
    expect(result.failure).toBeNull();
    expect(r.commands().slice(before)).toEqual(["frontend-2 reconfigure"]);
  });

  test("of an earlier release, without who is who: other names are refused, and the same ones go on", async () => {
    const r = await failed();
    ofEarlierRelease(r);
    const before = r.commands().length;
    const refused = await r.up(called(r, {}, byAddress(r)));
    expect(check.textOf(refused)).toMatch(
      /Machine with unfinished work is not listed \[unlisted\]\n  where: backend-2, backend-3, backend-1/,
    );
    expect(r.commands()).toHaveLength(before);
    expect(problemsOfDowntime(r, await r.up())).toEqual([]);
    expect(r.commands().slice(before)).toEqual(["frontend-2 reconfigure"]);
  });
});

test.each(["backend-2/down", "backend-3/start-upgrade", "backend-1/start-upgrade", "cluster/healthy"])(
  "full downtime, killed at %s: it goes on where it was, whatever the machines are called",
  async (step) => {
    const r = oldCluster();
    const client = r.client();
    r.onEvent = (event) => {
      if (event.type === "step-started" && event.step === step) r.clock.setTimer(5000, () => client.kill());
    };
    expect(await check.upOrKilled(r, { allowDowntime: "2.3.16" }, client)).toBeNull();
    const result = await r.up(called(r, {}, turned));
    expect(problemsOfDowntime(r, result).filter((each) => !each.includes("it led"))).toEqual([]);
    expect(repeatedInDowntime(r)).toEqual([]);
    // Who led comes last, by whichever name.
    const started = r.jobs.filter(({ kind }) => kind === "start-upgrade").map(({ node }) => node);
    expect(started).toEqual(["backend-2", "backend-3", "backend-1"]);
  },
);

test.each([
  ["another follower comes first by now", "backend-3", ["backend-2"]],
  ["the one that makes it leads by now", "backend-2", ["backend-2", "backend-1"]],
])("killed while a backup is made, and %s: it is looked for where it was made", async (_what, leader, on) => {
  const r = oldCluster();
  const client = r.client();
  r.onEvent = (event) => {
    if (event.type === "step-started" && event.step === "cluster/backup")
      r.clock.setTimer(3000, () => client.kill());
  };
  expect(await check.upOrKilled(r, { allowDowntime: "2.3.16" }, client)).toBeNull();
  r.sim.forceFailover(leader);
  await r.clock.advance(60_000);
  expect(problemsOfDowntime(r, await r.up({ allowDowntime: "2.3.16" }))).toEqual([]);
  expect(machinesOf(r, "backup")).toEqual(on);
});

describe("a rolling upgrade that was killed on a backend", () => {
  async function killed(step: string, seconds: number): Promise<Rehearsal> {
    const r = aRehearsal({ from: "2.1.0", index: "5.4.1", to: "2.3.16" });
    const client = r.client();
    r.onEvent = (event) => {
      if (event.type === "step-started" && event.step === step)
        r.clock.setTimer(seconds * 1000, () => client.kill());
    };
    expect(await check.upOrKilled(r, {}, client)).toBeNull();
    return r;
  }
  const steps = [
    "backend-2/install",
    "backend-2/upgrade",
    "backend-3/rejoin",
    "backend-1/upgrade-with-failover",
  ];

  test.each(steps)("at %s: it is finished first, under another's name", async (step) => {
    const r = await killed(step, 3);
    const result = await r.up(called(r, {}, turned));
    expect(check.problemsAtTheEnd(r, result)).toEqual([]);
    expect(check.orderProblems(r)).toEqual([]);
  });

  test("the guard there does not go by the name that the next run has for it", async () => {
    const r = await killed("backend-2/upgrade", 3);
    const client = r.client();
    r.onEvent = (event) => {
      if (event.type === "step-started" && event.step === "backend-1/upgrade")
        r.clock.setTimer(3000, () => client.kill());
    };
    expect(await check.upOrKilled(r, called(r, {}, turned), client)).toBeNull();
    await r.clock.advance(1800_000);
    // The backend is back: its guard, of the second run, has turned failover on.
    expect(r.sim.cluster.failover).toBe(true);
    expect(check.problemsAtTheEnd(r, await r.up(called(r, {}, byAddress(r))))).toEqual([]);
  });
});

describe("a frontend whose `upgrade` failed", () => {
  async function failed(r = new Site()): Promise<Site> {
    r.sim.switches("frontend-1").frontendUpgradeFails = no;
    expect(check.textOf(await r.run())).toMatch(/it does not work/);
    r.sim.switches("frontend-1").frontendUpgradeFails = null;
    return r;
  }
  const stopped = (r: Site) => r.sim.frontends.filter((each) => !each.serving).map(({ name }) => name);
  const go = (r: Site, by: Called, more: Partial<UpgradeSpec> = {}): Promise<UpgradeResult> =>
    r.up(called(r, { ...r.asked(), ...more }, by));
  const refusal = /Machine with unfinished work is not listed \[unlisted\]/;

  test.each([
    ["an address", byAddress],
    ["another name", () => (name: string) => (name === "frontend-1" ? "web" : name)],
    ["the other one's name", () => turned],
  ])("is finished under %s", async (_what, by) => {
    const r = await failed();
    const before = r.commands().length;
    expect(problems(r, await go(r, by(r)))).toEqual([]);
    expect(repeated(r)).toEqual([]);
    expect(r.commands()[before]).toBe("frontend-1 upgrade");
  });

  test("and that is a clone of the other one: told by its address", async () => {
    const r = new Site();
    for (const name of ["frontend-1", "frontend-2"]) r.sim.machine(name).machineId = "c".repeat(32);
    await failed(r);
    expect(problems(r, await go(r, turned))).toEqual([]);
    expect(r.commands().filter((each) => each === "frontend-2 stop")).toHaveLength(1);
  });

  test("and is not listed any more: refused before anything, until it is listed or said to be gone", async () => {
    const r = await failed();
    const before = r.commands().length;
    const without: Called = (name) => (name === "frontend-1" ? null : name);
    const result = await go(r, without);
    const id = r.sim.machine("frontend-1").machineId;
    expect(check.textOf(result)).toMatch(refusal);
    expect(check.textOf(result)).toContain(`set \`goneMachines: ["${id}"]\``);
    expect(r.commands()).toHaveLength(before);
    // The id of another one is none of this.
    const other = await go(r, without, { goneMachines: [r.sim.machine("frontend-2").machineId] });
    expect(check.textOf(other)).toMatch(refusal);
    const gone = { goneMachines: [id], allowDowntime: target };
    expect(await go(r, without, gone)).toMatchObject({ failure: null });
    expect(r.sim.installedVersions()["frontend-2"] ?? r.build()).toBe(r.build());
    expect(stopped(r)).toEqual(["frontend-1"]);
    expect(check.recordOf(r)).toMatchObject({ finished: true });
  });

  test("and no frontend is listed any more: refused, while nothing else would tell of it", async () => {
    const r = await failed();
    const result = await r.up({ frontends: null });
    expect(check.textOf(result)).toMatch(refusal);
  });

  test("and another machine has its name: the work is not taken for that one's", async () => {
    const r = await failed();
    const by: Called = (name) => (name === "frontend-1" ? null : "frontend-1");
    const result = await go(r, by);
    expect(check.textOf(result)).toMatch(refusal);
    expect(check.textOf(result)).toContain(`frontend-1 (${r.sim.machine("frontend-1").machineId})`);
    // What a refused run writes does not lose it either.
    expect(problems(r, await go(r, turned))).toEqual([]);
  });

  test("and cannot be reached under its new name: that may be it", async () => {
    const r = await failed();
    const client = r.client();
    client.state.unreachable.add("frontend-1");
    const result = await r.up(
      called(r, r.asked(), (name) => (name === "frontend-1" ? "web" : name)),
      client,
    );
    expect(check.textOf(result)).toMatch(/next: {2}restore the SSH connection to web, which may be it/);
  });

  test("a name that was given twice over: nothing is lost on the way", async () => {
    const r = await failed();
    r.sim.switches("frontend-1").frontendUpgradeFails = no;
    expect((await go(r, byAddress(r))).failure).not.toBeNull();
    r.sim.switches("frontend-1").frontendUpgradeFails = null;
    expect(problems(r, await go(r, turned))).toEqual([]);
  });
});

describe("closed for a new search index", () => {
  async function killed(step: string): Promise<Rehearsal> {
    const r = aRehearsal();
    const client = r.client();
    r.onEvent = (event) => {
      if (event.type === "step-started" && event.step === step) r.clock.setTimer(3000, () => client.kill());
    };
    expect(await check.upOrKilled(r, asked(r), client)).toBeNull();
    return r;
  }

  test.each(["frontend-2/close", "backend-2/upgrade", "backend-3/delete-index", "cluster/reindex"])(
    "killed at %s: it goes on under other names",
    async (step) => {
      const r = await killed(step);
      const result = await r.up(called(r, asked(r), turned));
      expect([...endProblems(r, result), ...harm(r)]).toEqual([]);
    },
  );

  test("the reindex that still runs is found on its own machine, though another frontend is listed first", async () => {
    const r = await killed("cluster/reindex");
    const { frontends } = r.spec();
    const change = { ...asked(r), frontends: { ...frontends!, nodes: [...frontends!.nodes].reverse() } };
    expect([...endProblems(r, await r.up(change)), ...harm(r)]).toEqual([]);
    expect(r.commands().filter((each) => / reindex/.test(each))).toHaveLength(1);
    expect(r.commands().filter((each) => / reconfigure/.test(each))).toHaveLength(1);
  });

  test("one that is not listed any more: refused, and opened once it is", async () => {
    const r = await killed("cluster/reindex");
    const result = await r.up(called(r, asked(r), (name) => (name === "frontend-2" ? null : name)));
    expect(check.textOf(result)).toMatch(/\[unlisted\]\n  where: frontend-2/);
    expect(endProblems(r, await r.up(called(r, asked(r), byAddress(r))))).toEqual([]);
  });
});

test("a run that has ended well owes nothing to machines of other names", async () => {
  const r = new Site();
  expect(problems(r, await r.run())).toEqual([]);
  const again = await r.up(
    called(r, r.asked(), (name) => (name.startsWith("frontend") ? `x-${name}` : name)),
  );
  expect(again).toMatchObject({ failure: null, touched: false });
  expect(Object.keys(check.recordOf(r)!.who!).sort()).toEqual([...names, "frontend-1", "frontend-2"]);
});

test("the only frontend, listed twice: that is told, and not what would follow from there being only one", async () => {
  const r = new Site({ count: 1 });
  const { frontends } = r.asked();
  const [only] = frontends!.nodes;
  const twice = { ...frontends!, nodes: [only!, { ...only!, name: "chef.example.com" }] };
  const text = check.textOf(await r.up({ frontends: twice }));
  expect(text).toMatch(/Machine is listed twice \[membership\]\n {2}where: frontend-1, chef\.example\.com/);
  expect(text).not.toContain("[downtime]");
  expect(r.commands()).toEqual([]);
});
