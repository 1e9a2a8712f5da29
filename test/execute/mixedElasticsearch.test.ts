/** 2.x to 3.x, with 5.6 and 6.8 in one Elasticsearch: yellow until the last backend is upgraded. */
import { type Client, packageAt, type Rehearsal } from "../support/rehearsal";
import * as rig from "./reindexRig";
import * as check from "./checks";

const way: rig.Way = { from: "2.3.16", index: "5.6.16", to: "3.1.1" };
const asked = (r: Rehearsal) => rig.asked(r, way, { allowDowntime: null });

test("yellow is enough between two backends, where Elasticsearch says that all is settled; green at the end", async () => {
  const r = rig.aRehearsal(way);
  const colours: Record<string, string> = {};
  r.onEvent = (event) => {
    if (event.type === "step-started") colours[event.step] = r.sim.search.colour;
  };
  const result = await r.up(asked(r));
  expect([...rig.endProblems(r, result, { ...way, index: "" }), ...rig.harm(r)]).toEqual([]);
  expect([colours["backend-3/install"], colours["backend-1/install"], colours["cluster/verify"]]).toEqual([
    "yellow",
    "yellow",
    "green",
  ]);
  // Nobody was touched while shards were on their way, or while another one was out.
  expect(r.sim.riskyStops).toEqual([]);
});

test("a backend whose shards are still on their way is no more back than before", async () => {
  const r = rig.aRehearsal(way);
  r.onEvent = (event) => {
    if (event.type === "step-started" && event.step === "backend-2/rejoin") r.sim.search.yellow(Infinity);
  };
  r.sim.search.replicasNeedNewest = false;
  const result = await r.up(asked(r));
  expect(check.textOf(result)).toMatch(/backend-2 has not rejoined.*1 shards are initializing/);
  expect(r.commands()).not.toContain("backend-3 dpkg -i");
});

test("the client is gone: the guard of a backend that is back turns failover on, yellow as it is", async () => {
  const r = rig.aRehearsal(way);
  const client: Client = r.client();
  r.onEvent = (event) => {
    if (event.type === "step-started" && event.step === "backend-2/rejoin") client.kill();
  };
  await expect(r.up(asked(r), client)).rejects.toThrow("killed");
  r.onEvent = undefined;
  expect(r.sim.failover).toBe(false);
  await r.clock.advance(3_600_000);
  expect([r.sim.search.colour, r.sim.failover]).toEqual(["yellow", true]);
  expect(rig.endProblems(r, await r.up(asked(r)), { ...way, index: "" })).toEqual([]);
});

test("a run of a release that upgraded first, whose first follower is without Elasticsearch, is finished", async () => {
  const r = rig.aRehearsal({ ...way, index: "2.3.1" });
  const { sim } = r;
  const exec = (node: string, argv: string[]) => r.clock.run(r.node(node).exec(argv));
  await exec("backend-1", ["chef-backend-ctl", "set-cluster-failover", "off"]);
  await exec("backend-2", ["dpkg", "-i", packageAt("chef-backend", "3.1.1")]);
  expect(await exec("backend-2", ["chef-backend-ctl", "upgrade"])).toMatchObject({ code: 1 });
  const guid = sim.backend("backend-2").guid;
  rig.ofUpgradingFirst(r, {
    ...{ failover: "off", offSeq: 5, inside: "backend-2", insideGuid: guid, unfinished: ["backend-2"] },
  });
  const result = await r.up(rig.asked(r, way));
  expect([...rig.endProblems(r, result, { ...way, index: "2.3.1" }), ...rig.harm(r)]).toEqual([]);
  expect(sim.search.index).toEqual({ createdBy: "5.6.16" });
});
