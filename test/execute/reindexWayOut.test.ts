import * as rig from "./reindexRig";
import type { Rehearsal } from "../support/rehearsal";

const { aRehearsal, asked, check, endProblems, harm, wayOutProblems } = rig;

/** Something that happens when a step begins, once. */
function when(r: Rehearsal, step: string, then: () => void): void {
  let seen = false;
  r.onEvent = (event) => {
    if (seen || event.type !== "step-started" || event.step !== step) return;
    seen = true;
    then();
  };
}

async function finishes(r: Rehearsal): Promise<void> {
  r.onEvent = undefined;
  await r.clock.advance(200_000);
  expect([...endProblems(r, await r.up(asked(r))), ...harm(r)]).toEqual([]);
}

describe("before the deletion has begun", () => {
  test.each([rig.withMaintenance, rig.without])("frontends of %s serve and find again", async (frontend) => {
    const r = aRehearsal(rig.oneHop, frontend);
    when(r, "backend-3/stop-search", () => (r.sim.switches("backend-3").controlFails = "ERROR: no"));
    const result = await r.up(asked(r));
    expect(wayOutProblems(r, result)).toEqual([]);
    expect(check.textOf(result)).toMatch(/frontend-1, frontend-2 opened to clients again/);
    expect(result.state).toBeDefined();
    await r.clock.advance(60_000);
    // Closed again it must be by a command of its own, not by the one that has ended.
    const { done, jobs } = check.recordOf(r)!;
    expect([...done, ...Object.keys(jobs ?? {})].filter((id) => id.endsWith("/close"))).toEqual([]);
    // Elasticsearch was stopped on two of three: an open frontend that cannot search serves nobody.
    expect(r.sim.search.colour).toBe("green");
    r.sim.switches("backend-3").controlFails = null;
    await finishes(r);
  });

  test("the data folder has become a link: nothing is deleted, nothing stays closed", async () => {
    const r = aRehearsal();
    when(r, "backend-3/stop-search", () => (r.sim.switches("backend-1").dataFolderLink = "/mnt/es"));
    const result = await r.up(asked(r));
    expect(check.textOf(result)).toMatch(
      /nothing is deleted: on backend-1, .*data is a symlink or behind one; it leads to \/mnt\/es/,
    );
    expect(r.commands().filter((each) => each.includes("-delete"))).toEqual([]);
    expect(wayOutProblems(r, result)).toEqual([]);
    r.sim.switches("backend-1").dataFolderLink = null;
    await finishes(r);
  });

  test("Elasticsearch that runs at the last moment: nothing is deleted below it", async () => {
    const r = aRehearsal();
    when(r, "backend-1/delete-index", () => r.sim.backend("backend-3").start(["elasticsearch"]));
    const result = await r.up(asked(r));
    expect(check.textOf(result)).toMatch(/nothing is deleted: Elasticsearch runs on backend-3/);
    expect(r.commands().filter((each) => each.includes("-delete"))).toEqual([]);
    expect(wayOutProblems(r, result)).toEqual([]);
    await finishes(r);
  });

  test("the lower version again after a kill: all frontends are opened, not only the first", async () => {
    const r = aRehearsal({ ...rig.rebuildFirst, from: "2.3.16" });
    const client = r.client();
    when(r, "cluster/failover-off", () => client.kill());
    await expect(r.up(asked(r, rig.rebuildFirst), client)).rejects.toThrow("killed");
    expect(r.sim.frontends.map((each) => each.open)).toEqual([false, false]);
    const back = await r.up({ version: "2.3.16" });
    expect(back.failure).toBeNull();
    expect(r.sim.frontends.map((each) => each.open)).toEqual([true, true]);
    expect((await r.up({ version: "2.3.16" })).touched).toBe(false);
  });

  test("one that cannot be opened is said to be closed, without talk of the index, and opened by the next run", async () => {
    const r = aRehearsal();
    when(r, "backend-2/install", () => {
      r.sim.switches("backend-2").installFails = { code: 1, message: "no" };
      r.sim.switches("frontend-2").controlFails = "ERROR: no";
    });
    const result = await r.up(asked(r));
    expect(check.textOf(result)).toMatch(
      /^FRONTENDS ARE CLOSED \(frontend-2\): they could not be opened again/,
    );
    expect(check.textOf(result).split("\n")[0]).not.toMatch(/reindex/);
    expect(r.sim.frontends.map((each) => each.open)).toEqual([true, false]);
    r.sim.switches("frontend-2").controlFails = null;
    r.sim.switches("backend-2").installFails = null;
    await finishes(r);
  });
});

describe("Elasticsearch that a run has stopped, without its data being deleted", () => {
  const start = "backend-3 start elasticsearch";
  const starts = (r: Rehearsal) => r.commands().filter((each) => each === start);

  /** A run that loses a backend when the index is to be deleted. */
  async function loses(r: Rehearsal): Promise<void> {
    const client = r.client();
    when(r, "backend-1/delete-index", () => client.state.unreachable.add("backend-3"));
    const text = check.textOf(await r.up(asked(r, rig.rebuildFirst), client));
    expect(text).toMatch(/nothing is deleted: backend-3 cannot be reached/);
    expect(text).toMatch(/Starting Elasticsearch failed: backend-3 cannot be reached; the next `pulumi up`/);
    r.onEvent = undefined;
    r.events.length = 0;
    await r.clock.advance(300_000);
    expect(r.sim.search.colour).toBe("yellow");
  }

  test("on a backend that was out of reach then: the next run starts it before it judges the index, and says so", async () => {
    const r = aRehearsal(rig.rebuildFirst);
    await loses(r);
    expect(starts(r)).toEqual([]);
    expect(endProblems(r, await r.up(asked(r, rig.rebuildFirst)), rig.rebuildFirst)).toEqual([]);
    expect(r.texts("note")).toContain("Elasticsearch on backend-3 started again");
  });

  test("is started also where the rebuild is not asked for any more", async () => {
    const r = aRehearsal(rig.rebuildFirst);
    await loses(r);
    expect((await r.up({ version: "2.1.0" })).failure).toBeNull();
    expect([starts(r), r.sim.search.colour]).toEqual([[start], "green"]);
    expect((await r.up({ version: "2.1.0" })).touched).toBe(false);
  });

  test("is owed as long as its backend cannot be reached, whatever else is begun", async () => {
    const r = aRehearsal(rig.rebuildFirst);
    await loses(r);
    const blind = r.client();
    blind.state.unreachable.add("backend-3");
    expect(check.textOf(await r.up({ version: "2.3.16" }, blind))).toMatch(/Starting Elasticsearch failed/);
    expect((await r.up({ version: "2.1.0" })).failure).toBeNull();
    expect(starts(r)).toEqual([start]);
  });

  test.each(["backend-2/stop-search", "backend-3/stop-search", "backend-1/delete-index"])(
    "by a client that was killed at %s: one more run is enough",
    async (step) => {
      const r = aRehearsal(rig.rebuildFirst);
      const client = r.client();
      when(r, step, () => client.kill());
      await expect(r.up(asked(r, rig.rebuildFirst), client)).rejects.toThrow("killed");
      r.onEvent = undefined;
      await r.clock.advance(200_000);
      const result = await r.up(asked(r, rig.rebuildFirst));
      expect([...endProblems(r, result, rig.rebuildFirst), ...harm(r)]).toEqual([]);
    },
  );
});

describe("from the deletion on", () => {
  const failing: [string, (r: Rehearsal) => void, (r: Rehearsal) => void, RegExp][] = [
    [
      "backend-2/delete-index",
      (r) => (r.sim.switches("backend-2").dataFolderLink = "/mnt"),
      (r) => (r.sim.switches("backend-2").dataFolderLink = null),
      /nothing is deleted/,
    ],
    [
      "backend-2/start-search",
      (r) => (r.sim.switches("backend-2").startFails = { code: 1, message: "no" }),
      (r) => (r.sim.switches("backend-2").startFails = null),
      /ended with 1/,
    ],
    [
      "frontend-1/reconfigure",
      (r) => (r.sim.switches("frontend-1").reconfigureFails = { code: 1, message: "no" }),
      (r) => (r.sim.switches("frontend-1").reconfigureFails = null),
      /ended with 1/,
    ],
    [
      "cluster/reindex",
      (r) => (r.sim.switches("frontend-1").reindexFails = { code: 1, message: "no" }),
      (r) => (r.sim.switches("frontend-1").reindexFails = null),
      /`chef-server-ctl reindex -a` on frontend-1 ended with 1/,
    ],
    [
      "cluster/reindex-test",
      (r) => (r.sim.switches("frontend-1").reindexFindsNothing = true),
      (r) => (r.sim.switches("frontend-1").reindexFindsNothing = false),
      /found nothing/,
    ],
  ];
  test.each(failing)(
    "%s fails: closed, said first, with the commands; the next run finishes",
    async (step, fault, mend, says) => {
      const r = aRehearsal();
      when(r, step, () => fault(r));
      const result = await r.up(asked(r, rig.oneHop, { reindexTestOrg: "acme" }));
      const text = check.textOf(result);
      expect(text).toMatch(says);
      expect(text.split("\n")[0]).toMatch(
        /^FRONTENDS ARE CLOSED \(frontend-1, frontend-2\): .*chef-server-ctl reindex -a .*maintenance off/,
      );
      // With Elasticsearch stopped, or without an index, `reindex -a` alone does not do.
      const gone = !step.startsWith("cluster/reindex");
      expect(/start elasticsearch.*chef-server-ctl reconfigure/.test(text.split("\n")[0]!)).toBe(gone);
      expect(wayOutProblems(r, result)).toEqual([]);
      // Meanwhile nothing else opens them, whatever is asked for.
      const other = await r.up({ version: "2.2.0" });
      expect(check.textOf(other)).toMatch(/^FRONTENDS ARE CLOSED[^]*set `version` to 2\.3\.16/);
      expect(r.sim.frontends.some((each) => each.open)).toBe(false);
      mend(r);
      await finishes(r);
    },
  );

  test("an organization that does not exist", async () => {
    const r = aRehearsal();
    const result = await r.up(asked(r, rig.oneHop, { reindexTestOrg: "nobody" }));
    expect(check.textOf(result)).toMatch(
      /^FRONTENDS ARE CLOSED[^]*the test reindex .* failed: Could not find an organization named 'nobody'/,
    );
    await finishes(r);
  });

  test("asked to stop: it goes on until the frontends are open again", async () => {
    const r = aRehearsal();
    const controller = new AbortController();
    when(r, "backend-2/delete-index", () => controller.abort());
    const result = await r.up(asked(r), r.client(controller.signal));
    expect(wayOutProblems(r, result)).toEqual([]);
    expect(r.sim.frontends.every((each) => each.open) && r.sim.search.complete).toBe(true);
    await finishes(r);
  });

  test("Elasticsearch that ran again in the middle may have the old data: they are deleted again", async () => {
    const r = aRehearsal();
    const client = r.client();
    when(r, "backend-2/delete-index", () => client.kill());
    await expect(r.up(asked(r), client)).rejects.toThrow("killed");
    r.sim.reboot("backend-1", 5);
    r.sim.reboot("backend-3", 5);
    await r.clock.advance(120_000);
    expect(r.sim.backend("backend-1").indexData).toBe("2.3.1");
    await finishes(r);
  });

  test("no index after reconfigure: it is not taken for one, and the next run reconfigures again", async () => {
    const r = aRehearsal(rig.oneHop, rig.withMaintenance);
    // As if Elasticsearch had not answered at that moment.
    when(r, "frontend-1/reconfigure", () => {
      for (const each of r.sim.backends) each.stop(["elasticsearch"]);
      r.clock.setTimer(14_000, () => r.sim.backends.forEach((each) => each.start(["elasticsearch"])));
    });
    const result = await r.up(asked(r));
    expect(check.textOf(result)).toMatch(
      /^FRONTENDS ARE CLOSED[^]*there is no search index, although reconfigure ended with 0/,
    );
    await finishes(r);
  });
});

test("Elasticsearch that takes minutes to start is waited for before the frontend is reconfigured", async () => {
  const r = aRehearsal(rig.oneHop, rig.withMaintenance, { timings: { elasticsearchJoin: 120 } });
  expect([...endProblems(r, await r.up(asked(r))), ...harm(r)]).toEqual([]);
});

test("failover is off while Elasticsearch is stopped, also where nothing shows it", async () => {
  const r = aRehearsal(rig.oneHop, rig.withMaintenance, { columns: { blocked: false } });
  const seen: boolean[] = [];
  r.onEvent = (event) =>
    void (
      event.type === "step-started" &&
      /stop-search|delete-index|start-search/.test(event.step) &&
      seen.push(r.sim.failover)
    );
  await r.up(asked(r));
  expect(seen).toEqual(Array(9).fill(false));
});

test("how far reindex -a is, is shown while it runs", async () => {
  const r = aRehearsal();
  await r.up(asked(r));
  const lines = r.events.flatMap((event) =>
    event.type === "waiting" && event.step === "cluster/reindex" ? [event.text] : [],
  );
  expect(lines).toEqual(
    expect.arrayContaining(
      ["acme", "lab"].map(
        (name) =>
          `Sending all data for organization '${name}' to be indexed again.  It may take some time before everything is available via search.`,
      ),
    ),
  );
});
