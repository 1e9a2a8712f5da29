import * as rig from "./reindexRig";

const { aRehearsal, asked, endProblems, harm } = rig;

describe.each(rig.ways)("$from with an index of $index => $to", (way) => {
  test.each([rig.withMaintenance, rig.without])("frontends of %s", async (frontend) => {
    const r = aRehearsal(way, frontend);
    const result = await r.up(asked(r, way, { reindexTestOrg: "acme" }));
    expect([...endProblems(r, result, way), ...harm(r)]).toEqual([]);
    const done = r.commands();
    const again = await r.up(asked(r, way));
    expect(again).toMatchObject({ touched: false, failure: null, timings: [] });
    expect(r.commands()).toEqual(done);
  });
});
