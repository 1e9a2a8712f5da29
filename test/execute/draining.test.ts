/** `frontends.drain`: who goes through a load balancer is never sent to a frontend that we have taken out of service. */
import { Balancer } from "../../lab/simulation/balancer";
import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import type { DrainSpec, UpgradeSpec } from "../../provider/plan/spec";
import type { Client, Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { type Given, problems, Site, target } from "./frontendsRig";
import * as index from "./reindexRig";

const lines: DrainSpec = { command: "drain", undo: "undrain", wait: 0 };

/** A load balancer in front of a rehearsal's frontends, told by the lines `drain` and `undrain`. */
function balanced<R extends Rehearsal>(r: R) {
  const balancer = new Balancer(r.sim);
  /** Lines that fail, and what is printed then. */
  const failing = new Map<string, string>();
  r.runHere = async (line, { FRONTEND: name = "", FRONTEND_HOST: host }) => {
    expect(host).toBe(name);
    await r.clock.sleep(2000);
    const output = failing.get(line);
    if (output !== undefined) return { code: 3, output };
    balancer[line as "drain" | "undrain"](name);
    return { code: 0, output: "" };
  };
  return { r, balancer, failing };
}

const site = (given: Given = {}) => balanced(new Site(given));
const up = (r: Site, drain: DrainSpec | null = lines, change: Partial<UpgradeSpec> = {}, client?: Client) =>
  r.up(r.asked({ drain, skipReindex: target }, { allowDowntime: target, ...change }), client);

/** Nobody was cut off, everybody gets clients again, and all is done. */
const wrong = ({ r, balancer }: ReturnType<typeof site>, result: UpgradeResult, reindexes = 0) => [
  ...problems(r, result, { reindexes }),
  ...balancer.cutOff.map((name) => `clients of ${name} were cut off`),
  ...[...balancer.out].map((name) => `${name} gets no clients`),
  // For the reindex all are closed.
  ...(balancer.nobody && reindexes === 0 ? ["nobody was left to serve"] : []),
];

const inTurn = ["frontend-1", "frontend-2"].flatMap((name) => [`drain ${name}`, `undrain ${name}`]);

test("each frontend is drained before it is stopped, and put back once it answers", async () => {
  const s = site();
  const back: boolean[] = [];
  s.r.onEvent = (event) => {
    if (event.type === "step-started" && event.step.endsWith("/undrain"))
      back.push(s.r.sim.frontend(event.node!).open);
  };
  expect(wrong(s, await up(s.r))).toEqual([]);
  expect(s.balancer.told).toEqual(inTurn);
  expect(back).toEqual([true, true]);
  expect(await up(s.r)).toMatchObject({ touched: false, failure: null });
  expect(s.balancer.told).toEqual(inTurn);
});

test("where all are closed for the reindex as well, each gets its clients back in between", async () => {
  const s = site();
  const result = await s.r.up(s.r.asked({ drain: lines }, { allowDowntime: target }));
  expect(wrong(s, result, 1)).toEqual([]);
  const [first, second] = ["frontend-1", "frontend-2"];
  const closed = [`drain ${first}`, `drain ${second}`, `undrain ${first}`, `undrain ${second}`];
  expect(s.balancer.told).toEqual([...inTurn, ...closed]);
});

test("without it clients are cut off: the measure sees it", async () => {
  const s = site();
  await up(s.r, null);
  expect(s.balancer.cutOff).toEqual(["frontend-1", "frontend-2"]);
});

test.each([index.withMaintenance, index.without])(
  "before a frontend of %s is closed for a new search index, too",
  async (frontend) => {
    const { r, balancer } = balanced(index.aRehearsal(index.oneHop, frontend));
    const asked = index.asked(r, index.oneHop, { frontends: r.frontendsSpec({ drain: lines }) });
    expect([...index.endProblems(r, await r.up(asked)), ...index.harm(r)]).toEqual([]);
    expect(balancer.told).toEqual([
      ...["drain frontend-1", "drain frontend-2", "undrain frontend-1", "undrain frontend-2"],
    ]);
    expect([balancer.cutOff, [...balancer.out]]).toEqual([[], []]);
  },
);

test("a rebuild that is given up before anything is deleted puts them back", async () => {
  const { r, balancer } = balanced(index.aRehearsal());
  const asked = index.asked(r, index.oneHop, { frontends: r.frontendsSpec({ drain: lines }) });
  r.onEvent = (event) => {
    if (event.type === "step-started" && event.step === "backend-3/stop-search")
      r.sim.switches("backend-3").controlFails = "ERROR: no";
  };
  expect(check.textOf(await r.up(asked))).toMatch(/frontend-1, frontend-2 put back into the load balancer/);
  expect([balancer.cutOff, [...balancer.out]]).toEqual([[], []]);
});

describe("a line that fails", () => {
  test("to drain: nothing is stopped, and what it may have done is undone", async () => {
    const s = site();
    s.failing.set("drain", "ssh: connect to host lb port 22: No route to host\n");
    const result = await up(s.r);
    expect(check.textOf(result)).toMatch(
      /^frontend-1\/drain: `frontends\.drain\.command` ended with 3 for frontend-1; it printed: ssh: connect to host lb port 22: No route to host\. [^]*frontend-1 put back into the load balancer/,
    );
    expect(result.touched).toBe(true);
    expect(s.r.commands()).toEqual(["frontend-1 reconfigure"]);
    expect([s.balancer.told, s.r.mostOut]).toEqual([["undrain frontend-1"], 0]);
    s.failing.clear();
    expect(wrong(s, await up(s.r))).toEqual([]);
  });

  test("to put it back: nobody else is touched, and the next run does it first", async () => {
    const s = site();
    s.failing.set("undrain", "");
    expect(check.textOf(await up(s.r))).toMatch(
      /^frontend-1\/undrain: .*it printed nothing[^]*Putting frontends back into the load balancer failed/,
    );
    expect(s.r.commands().filter((each) => each.startsWith("frontend-2"))).toEqual([]);
    expect(check.recordOf(s.r)!.begun).toContain("frontend-1/drain");
    s.failing.clear();
    s.balancer.told.length = 0;
    expect(wrong(s, await up(s.r))).toEqual([]);
    expect(s.balancer.told).toEqual(["undrain frontend-1", ...inTurn.slice(2)]);
  });
});

describe("a frontend that fails", () => {
  const no = { code: 1, message: "no" };

  test("at its installation serves again at its old version, and gets clients again", async () => {
    const s = site();
    s.r.sim.switches("frontend-1").installFails = no;
    expect(check.textOf(await up(s.r))).toMatch(
      /frontend-1 serves again, at its old version[^]*frontend-1 put back/,
    );
    expect([s.balancer.cutOff, [...s.balancer.out]]).toEqual([[], []]);
    s.r.sim.switches("frontend-1").installFails = null;
    expect(wrong(s, await up(s.r))).toEqual([]);
  });

  test("at its upgrade gets none until the next run has finished it", async () => {
    const s = site();
    s.r.sim.switches("frontend-1").frontendUpgradeFails = no;
    await up(s.r);
    expect([...s.balancer.out]).toEqual(["frontend-1"]);
    s.r.sim.switches("frontend-1").frontendUpgradeFails = null;
    expect(wrong(s, await up(s.r))).toEqual([]);
  });
});

test("a frontend that an add-on keeps from answering gets no clients until it answers", async () => {
  const s = site({ change: { "frontend-1": { addons: { "chef-manage": "3.2.20" } } } });
  s.r.at("frontend-1/reconfigure-chef-manage", () => {
    s.r.clock.setTimer(30_000, () => s.r.sim.frontend("frontend-1").serve(false));
    s.r.sim.timings.control = 40;
  });
  const asked = s.r.asked(
    { drain: lines, reconfigureAddons: true, skipReindex: target },
    { allowDowntime: target },
  );
  expect(check.textOf(await s.r.up(asked))).toMatch(/frontend-1 does not answer its clients/);
  expect([...s.balancer.out]).toEqual(["frontend-1"]);
  s.r.sim.timings.control = 1;
  s.r.sim.frontend("frontend-1").serve(true);
  expect(wrong(s, await s.r.up(asked))).toEqual([]);
});

describe("the client is killed", () => {
  test("at the beginning of each step: the next run finishes, nobody is cut off or forgotten", async () => {
    const found: Record<string, string[]> = {};
    for (let nth = 0; ; nth++) {
      const s = site();
      const client = s.r.client();
      let at = "";
      check.atStep(s.r, nth, (step) => {
        at = step;
        s.r.clock.setTimer(step.endsWith("drain") ? 2500 : 500, () => client.kill());
      });
      const asked = s.r.asked({ drain: lines });
      const first = await check.upOrKilled(s.r, asked, client);
      if (at === "") break;
      await s.r.clock.advance(100_000);
      const bad = wrong(s, await s.r.up(asked), 1);
      if (bad.length > 0) found[`${at} ${first ? "ended" : "killed"}`] = bad;
      if (nth > 60) throw new Error("it does not end");
    }
    expect(found).toEqual({});
  });

  /** Drained by a run that was killed before it stopped anything. */
  async function left() {
    const s = site();
    const client = s.r.client();
    s.r.at("frontend-1/stop", () => client.kill());
    const asked = s.r.asked({ drain: lines, skipReindex: target });
    expect(await check.upOrKilled(s.r, asked, client)).toBeNull();
    expect([...s.balancer.out]).toEqual(["frontend-1"]);
    await s.r.clock.advance(100_000);
    return s;
  }

  test("after a drain: it is done again, since a restart of the load balancer may have undone it", async () => {
    const s = await left();
    s.balancer.out.clear();
    expect(wrong(s, await up(s.r))).toEqual([]);
    expect(s.balancer.told).toEqual(["drain frontend-1", ...inTurn]);
  });

  test("after a drain, and another one comes first by now: it is put back before that one is drained", async () => {
    const s = await left();
    const { nodes } = s.r.frontendsSpec();
    const result = await s.r.up(s.r.asked({ drain: lines, skipReindex: target, nodes: nodes.toReversed() }));
    expect(wrong(s, result)).toEqual([]);
    expect(s.balancer.told.slice(0, 3)).toEqual([
      "drain frontend-1",
      "undrain frontend-1",
      "drain frontend-2",
    ]);
  });

  test("after a drain, and it is not listed any more: refused until it is, or is gone", async () => {
    const s = await left();
    const { nodes } = s.r.frontendsSpec();
    const result = await s.r.up(s.r.asked({ drain: lines, nodes: nodes.slice(1) }));
    expect(check.textOf(result)).toMatch(/Machine with unfinished work is not listed[^]*where: frontend-1/);
    expect(s.balancer.told).toEqual(["drain frontend-1"]);
  });

  test("after a drain, and the upgrade is refused by then: it is put back all the same", async () => {
    const s = await left();
    s.r.sim.frontend("frontend-2").serve(false);
    expect(check.textOf(await up(s.r))).toMatch(/Frontend does not answer[^]*frontend-1 put back/);
    expect([...s.balancer.out]).toEqual([]);
  });

  test("after a drain, and nothing is asked for any more: it is put back", async () => {
    const s = await left();
    const result = await s.r.up({ frontends: s.r.frontendsSpec({ drain: lines }) });
    expect(check.textOf(result)).toBe("");
    expect([...s.balancer.out]).toEqual([]);
    expect(check.recordOf(s.r)!.finished).toBe(true);
  });

  test("after a drain, and the program says no more how to undo it: that is told", async () => {
    const s = await left();
    const { steps, warnings } = await check.wholePlanOf(s.r, s.r.asked({ drain: null }));
    expect(steps.some(({ kind }) => kind === "undrain-frontend")).toBe(false);
    expect(warnings.join("\n")).toMatch(/took frontend-1 out of the load balancer.*put it back yourself/);
  });
});

test("`wait` gives the requests in flight their time, and ends at once when the run is asked to stop", async () => {
  const s = site();
  const at: Record<string, number> = {};
  s.r.onEvent = (event) => {
    if (event.type === "step-started") at[event.step] ??= s.r.seconds();
  };
  expect(wrong(s, await up(s.r, { ...lines, wait: 90 }))).toEqual([]);
  const took = at["frontend-1/stop"]! - at["frontend-1/drain"]!;
  expect(took).toBeGreaterThanOrEqual(92);
  expect(took).toBeLessThan(100);
  expect(s.r.texts("waiting")).toContain("requests in flight end");

  const stopped = site();
  const stop = new AbortController();
  stopped.r.at("frontend-1/drain", () => void stopped.r.clock.setTimer(5000, () => stop.abort()));
  const result = await up(stopped.r, { ...lines, wait: 900 }, {}, stopped.r.client(stop.signal));
  expect(check.textOf(result)).toMatch(/Stopped on request[^]*frontend-1 put back/);
  expect([stopped.r.mostOut, [...stopped.balancer.out]]).toEqual([0, []]);
});

test("`wait` alone runs nothing, and owes nothing", async () => {
  const s = site();
  const result = await up(s.r, { command: null, undo: null, wait: 20 });
  expect(problems(s.r, result, { reindexes: 0 })).toEqual([]);
  expect(s.balancer.told).toEqual([]);
  expect(s.r.texts("step-started")).toContain(
    "1/2 frontend-1: waiting 20 s for it to be taken out of the load balancer",
  );
});

test("a run that has lost its lock runs no line", async () => {
  const s = site();
  s.r.at("frontend-1/drain", () => {
    for (const node of [...s.r.nodes, ...s.r.frontends]) node.lock = null;
  });
  await up(s.r);
  expect(s.balancer.told).toEqual([]);
});
