/** A rebuild of the search index is done when every organization is whole in it, and not before; what is not is rebuilt alone. */
import type { SimulationOptions } from "../../lab/simulation/types";
import type { UpgradeSpec } from "../../provider/plan/spec";
import type { Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { allProblems, Site, target } from "./frontendsRig";
import { aRehearsal, asked, endProblems, harm, oneHop, wayOutProblems, withMaintenance } from "./reindexRig";

const rehearse = (options: Partial<SimulationOptions> = {}) => aRehearsal(oneHop, withMaintenance, options);
const up = (r: Rehearsal, change: Partial<UpgradeSpec> = {}) => r.up(asked(r, oneHop, change));
const reindexes = (r: Rehearsal) => r.commands().filter((each) => each.includes(" reindex "));
const switches = (r: Rehearsal) => r.sim.switches("frontend-1");

/** The next run finishes, and reindexes that alone. */
async function finishes(r: Rehearsal, words: string): Promise<void> {
  const before = reindexes(r).length;
  expect(endProblems(r, await up(r))).toEqual([]);
  expect(reindexes(r).slice(before)).toEqual([`frontend-1 reindex ${words}`]);
  expect(r.sim.accidents).toEqual([]);
  expect(r.sim.emptySearchSeconds).toBe(0);
}

test("an organization that it names as failed: closed, named, with how to accept it, and alone in the next run", async () => {
  const r = rehearse();
  switches(r).reindexFailsFor = ["lab"];
  const result = await up(r);
  expect(wayOutProblems(r, result)).toEqual([]);
  expect(check.textOf(result)).toMatch(
    /not complete: .*Failed to reindex data for lab!\. The next `pulumi up` runs `chef-server-ctl reindex lab`.*`acceptPartialIndex: \["lab@2\.3\.16"\]`/,
  );
  expect(check.recordOf(r)).toMatchObject({ failed: ["lab"] });
  expect(check.recordOf(r)!.done).not.toContain("cluster/reindex");
  switches(r).reindexFailsFor = [];
  await finishes(r, "lab");
});

test("one of which a part is missing, without a word: counted, named with what is missing, and alone in the next run", async () => {
  const r = rehearse();
  switches(r).reindexLosesOf = ["acme"];
  const result = await up(r);
  expect(wayOutProblems(r, result)).toEqual([]);
  expect(check.textOf(result)).toMatch(
    /lacks objects of 1 of 2 organizations: acme \(3 of 5 nodes, 0 of 1 roles, 0 of 1 environments, 0 of 3 clients, 0 of 1 data bag items\)/,
  );
  switches(r).reindexLosesOf = [];
  await finishes(r, "acme");
});

test("what its words name and what the counts show are rebuilt together", async () => {
  const r = rehearse();
  Object.assign(switches(r), { reindexFailsFor: ["lab"], reindexLosesOf: ["acme"] });
  await up(r);
  Object.assign(switches(r), { reindexFailsFor: [], reindexLosesOf: [] });
  await finishes(r, "lab acme");
});

test("where it names no organization the counts do, and those may be accepted", async () => {
  const r = rehearse();
  switches(r).reindexSays = " The epmd process might not have been started ";
  const text = check.textOf(await up(r));
  expect(text).toMatch(/The next `pulumi up` runs `chef-server-ctl reindex acme lab`/);
  expect(text).toContain('acceptPartialIndex: ["acme@2.3.16", "lab@2.3.16"]');
  switches(r).reindexSays = null;
  await finishes(r, "acme lab");
});

test("the same of an attempt that rebuilt some alone: they, and no others", async () => {
  const r = rehearse();
  switches(r).reindexFailsFor = ["lab"];
  await up(r);
  switches(r).reindexSays = " Caught error with the message {badmatch,pang}";
  expect(check.textOf(await up(r))).toMatch(/The next `pulumi up` runs `chef-server-ctl reindex lab`/);
  Object.assign(switches(r), { reindexSays: null, reindexFailsFor: [] });
  await finishes(r, "lab");
});

test("the failed ones fail again, or the client is killed in the middle: the same ones once more", async () => {
  const r = rehearse({ timings: { reindex: 5000 } });
  switches(r).reindexFailsFor = ["lab"];
  await up(r);
  expect(check.textOf(await up(r))).toMatch(/^FRONTENDS ARE CLOSED[^]*runs `chef-server-ctl reindex lab`/);
  switches(r).reindexFailsFor = [];
  const client = r.client();
  r.onEvent = (event) =>
    void (
      event.type === "step-started" &&
      event.step === "cluster/reindex" &&
      r.clock.setTimer(9000, () => client.kill())
    );
  await expect(r.up(asked(r), client)).rejects.toThrow("killed");
  r.onEvent = undefined;
  expect([...endProblems(r, await up(r)), ...harm(r)]).toEqual([]);
  expect(reindexes(r)).toEqual(["-a", "lab", "lab"].map((words) => `frontend-1 reindex ${words}`));
});

test("a part that is accepted for this version opens the frontends, with a warning; for another one it does not", async () => {
  const r = rehearse();
  switches(r).reindexFailsFor = ["lab"];
  for (const accepts of [[], ["lab@3.1.1"], ["acme@2.3.16"]])
    expect(check.textOf(await up(r, { acceptPartialIndex: accepts }))).toMatch(/^FRONTENDS ARE CLOSED/);
  const result = await up(r, { acceptPartialIndex: ["acme@3.1.1", "lab@2.3.16"] });
  expect(result.failure).toBeNull();
  expect(r.sim.frontends.every((each) => each.open)).toBe(true);
  expect(r.texts("warning")).toContainEqual(
    expect.stringMatching(/^acceptPartialIndex: .* object of lab was not/),
  );
});

test("the test organization fails: nothing else is rebuilt", async () => {
  const r = rehearse();
  switches(r).reindexFailsFor = ["lab"];
  expect(check.textOf(await up(r, { reindexTestOrg: "lab" }))).toMatch(
    /^FRONTENDS ARE CLOSED[^]*the test reindex ended with 0, but failed: .*Failed to reindex data for lab!/,
  );
  expect(reindexes(r)).toEqual(["frontend-1 reindex lab"]);
});

test("objects that clients make and delete meanwhile are waited for, and none of many keeps anybody out", async () => {
  const r = rehearse();
  switches(r).reindexLosesOf = ["acme"];
  r.onEvent = (event) =>
    void (
      event.type === "waiting" &&
      event.step === "cluster/reindex" &&
      /lacks/.test(event.text) &&
      r.sim.search.indexed("acme")
    );
  expect((await up(r)).failure).toBeNull();
});

test("no organizations: nothing is rebuilt, and all is well", async () => {
  const r = rehearse({ organizations: [] });
  const result = await up(r);
  expect(result.failure).toBeNull();
  expect(r.sim.frontends.every((each) => each.open)).toBe(true);
});

describe("500 organizations", () => {
  const organizations = Array.from({ length: 500 }, (_, at) => `org${at}`);
  test("of which two fail: they are named, and rebuilt alone", async () => {
    const r = rehearse({ organizations });
    Object.assign(switches(r), { reindexFailsFor: ["org17"], reindexLosesOf: ["org400"] });
    const result = await up(r);
    expect(wayOutProblems(r, result)).toEqual([]);
    expect(check.recordOf(r)!.failed).toEqual(["org17", "org400"]);
    Object.assign(switches(r), { reindexFailsFor: [], reindexLosesOf: [] });
    await finishes(r, "org17 org400");
  });

  test("of which all fail: error and record stay short, and all are rebuilt", async () => {
    const r = rehearse({ organizations });
    switches(r).reindexFailsFor = organizations;
    const result = await up(r);
    expect(result.failure!.error.message.length).toBeLessThan(1000);
    expect(check.recordOf(r)!.failed).toBeNull();
    expect(JSON.stringify(check.recordOf(r)).length).toBeLessThan(30_000);
    switches(r).reindexFailsFor = [];
    await finishes(r, "-a");
  });
});

describe("after the upgrade of the frontends to 15", () => {
  const closed = (r: Site) => r.sim.frontends.map((each) => each.maintenance);

  test("what fails keeps them closed, whatever is asked for next, and is rebuilt alone", async () => {
    const r = new Site();
    switches(r).reindexFailsFor = ["lab"];
    const text = check.textOf(await r.run());
    expect(text).toMatch(
      /^FRONTENDS ARE CLOSED \(frontend-1, frontend-2\): the search index is not complete/,
    );
    expect(text.split("\n")[0]).not.toContain("start elasticsearch");
    expect(text).toMatch(new RegExp(`acceptPartialIndex: \\["lab@${target}"\\]`));
    expect(closed(r)).toEqual([true, true]);
    // Another build of the frontends, and none at all.
    for (const other of [r.asked({ version: "15.9.38" }), { frontends: r.frontendsSpec() }]) {
      expect(check.textOf(await r.up(other))).toMatch(/^FRONTENDS ARE CLOSED[^]*reindex lab/);
      expect(closed(r)).toEqual([true, true]);
    }
    switches(r).reindexFailsFor = [];
    expect(allProblems(r, await r.run())).toEqual([]);
    expect(reindexes(r)).toEqual(["-a", "lab", "lab", "lab"].map((words) => `frontend-1 reindex ${words}`));
  });

  test("one that cannot be closed: nothing is emptied, and the others are opened", async () => {
    const r = new Site();
    r.at("frontend-2/close", () => (r.sim.switches("frontend-2").controlFails = "ERROR: no"));
    expect(check.textOf(await r.run())).toMatch(
      /^FRONTENDS ARE CLOSED \(frontend-2\): they could not be opened/,
    );
    expect([reindexes(r), closed(r)]).toEqual([[], [false, false]]);
    r.sim.switches("frontend-2").controlFails = null;
    expect(allProblems(r, await r.run())).toEqual([]);
  });

  test.each([
    "frontend-1/close",
    "frontend-2/close",
    "cluster/reindex",
    "frontend-1/open",
    "frontend-2/open",
  ])("the client is killed at %s: the next run finishes, and nothing is emptied twice", async (step) => {
    for (const after of [0, 1500, 2000]) {
      const r = new Site();
      const client = r.client();
      r.at(step, () => r.clock.setTimer(after, () => client.kill()));
      expect(await r.killed(client)).toBe(true);
      await r.clock.advance(after * 100);
      expect(allProblems(r, await r.run())).toEqual([]);
    }
  });

  test("asked to stop while they are closed: it goes on until they are open again", async () => {
    const r = new Site();
    const controller = new AbortController();
    r.at("cluster/reindex", () => controller.abort());
    await r.run(r.client(controller.signal));
    expect([closed(r), r.sim.search.complete]).toEqual([[false, false], true]);
  });

  test("consent that is withdrawn before they are closed: upgraded, open, and refused until it is given or declined", async () => {
    const r = new Site();
    const client = r.client();
    r.at("frontend-1/close", () => client.kill());
    expect(await r.killed(client)).toBe(true);
    await r.clock.advance(60_000);
    const refused = await r.run(undefined, { allowDowntime: null });
    expect(check.textOf(refused)).toMatch(/Downtime not approved[^]*`frontends\.skipReindex: "15\.10\.12"`/);
    expect([closed(r), reindexes(r)]).toEqual([[false, false], []]);
    const declined = await r.up(r.asked({ skipReindex: target }, { allowDowntime: null }));
    expect(allProblems(r, declined, { reindexes: 0 })).toEqual([]);
  });

  test("declined from the beginning: nobody is closed, and somebody answers at any time", async () => {
    const r = new Site();
    const result = await r.up(r.asked({ skipReindex: target }, { allowDowntime: null }));
    expect(allProblems(r, result, { reindexes: 0 })).toEqual([]);
    expect(r.sim.unansweredSeconds).toBe(0);
    expect(r.commands().some((each) => /maintenance|reindex/.test(each))).toBe(false);
  });

  test("a run of a release that reindexed while all served: what it left is finished behind closed doors, with consent", async () => {
    const r = new Site();
    const client = r.client();
    r.at("cluster/reindex", () => client.kill());
    await r.killed(client);
    await r.clock.advance(1000);
    // As that release left it: nobody closed, one organization emptied.
    for (const node of r.nodes.slice(0, 3)) {
      const record = JSON.parse(node.record!) as NonNullable<ReturnType<typeof check.recordOf>>;
      const others = (id: string) => !id.endsWith("/close");
      const begun = [...record.begun.filter(others), "cluster/reindex"];
      const { failed: _failed, ...old } = { ...record, begun, done: record.done.filter(others), jobs: {} };
      node.record = JSON.stringify(old);
    }
    for (const each of r.sim.frontends) each.maintenance = false;
    r.sim.changed();
    r.sim.search.documents.delete("lab");
    expect(check.textOf(await r.run(undefined, { allowDowntime: null }))).toMatch(/Downtime not approved/);
    expect(closed(r)).toEqual([false, false]);
    expect(allProblems(r, await r.run())).toEqual([]);
  });
});
