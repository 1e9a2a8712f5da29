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

test("data, port of Elasticsearch and of etcd elsewhere, by each backend's own file: done there, and nowhere else", async () => {
  const r = aRehearsal();
  const moved = { "backend-1": "/data/es", "backend-2": "/srv/search/data" };
  for (const [name, searchData] of Object.entries(moved))
    Object.assign(r.sim.switches(name), { searchData, searchPort: 9201, etcdPort: 2479 });
  const result = await r.up(asked(r, rig.oneHop, { reindexTestOrg: "acme" }));
  expect([...endProblems(r, result, rig.oneHop), ...harm(r)]).toEqual([]);
  const deleted = r.sim.history.flatMap(({ node, argv }) =>
    argv[0] === "find" && argv.includes("-delete") ? [[node, argv[1]]] : [],
  );
  expect(deleted).toEqual([
    ...Object.entries(moved),
    ["backend-3", "/var/opt/chef-backend/elasticsearch/data"],
  ]);
});
