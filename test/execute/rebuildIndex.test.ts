/** `rebuildIndex`: 3.x with an index of 5.6, and the recommendation that goes with it. */
import * as rig from "./reindexRig";

const way: rig.Way = { from: "2.3.16", index: "5.6.16", to: "3.1.1" };
const notes = (r: ReturnType<typeof rig.aRehearsal>) =>
  r.events.flatMap((event) => (event.type === "note" ? [event.text] : []));

test("after 3.x it is recommended; in a window of one's choice it is done, once", async () => {
  const r = rig.aRehearsal(way);
  expect(rig.endProblems(r, await r.up(rig.asked(r, way)), { ...way, index: "" })).toEqual([]);
  expect(r.sim.search.index).toEqual({ createdBy: "5.6.16" });
  expect(notes(r).at(-1)).toMatch(
    /^Set `rebuildIndex` and `allowDowntime`.*Elasticsearch 5\.6\.16 made this one/,
  );

  r.events.length = 0;
  const asked = rig.asked(r, way, { rebuildIndex: "3.1.1" });
  const before = r.commands().length;
  const result = await r.up(asked);
  expect([...rig.endProblems(r, result, way), ...rig.harm(r)]).toEqual([]);
  expect(r.sim.search.index).toEqual({ createdBy: "6.8.23" });
  const done = r.commands().slice(before);
  expect(done.filter((command) => /upgrade|dpkg/.test(command))).toEqual([]);
  expect(done).toContain("frontend-1 reindex -a");
  expect(notes(r).join("\n")).not.toMatch(/Rebuild the search index/);

  expect(await r.up(asked)).toMatchObject({ touched: false, failure: null });
  expect(r.commands()).toHaveLength(before + done.length);
});

test("lost in the middle it is finished, whatever is asked for by then", async () => {
  const r = rig.aRehearsal({ ...way, from: "3.1.1", index: "5.6.16" });
  const asked = rig.asked(r, way, { rebuildIndex: "3.1.1" });
  const client = r.client();
  r.onEvent = (event) => {
    if (event.type === "step-started" && event.step === "backend-2/delete-index") client.kill();
  };
  await expect(r.up(asked, client)).rejects.toThrow("killed");
  r.onEvent = undefined;
  await r.clock.advance(200_000);
  const result = await r.up(rig.asked(r, way, { rebuildIndex: null, allowDowntime: null }));
  expect([...rig.endProblems(r, result, way), ...rig.harm(r)]).toEqual([]);
});
