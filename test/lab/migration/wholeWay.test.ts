import { fromSql, knife, rig } from "./rig";

test.each(["deb", "rpm"] as const)(
  "the whole way (%s): a new cluster with frontends, the old data on it, nothing lost, no accident",
  async (platform) => {
    const { sim, ok, setUp, stopOld, files } = rig({ platform });
    await setUp();
    expect([sim.target.healthy, sim.target.maxOut]).toEqual([true, 1]);
    expect(sim.target.frontends.map(({ open }) => open)).toEqual([true, true]);
    await stopOld();
    expect(await ok("old-backend-1", knife, "ec", "backup", "/srv/backup", ...fromSql)).toContain(
      "** Finished **",
    );
    expect(files.list("/srv/backup")).toContain("organizations/acme/nodes/acme-node-1.json");
    await ok("frontend-1", knife, "ec", "restore", "/srv/backup", ...fromSql);
    expect([sim.lost, sim.surplus, sim.accidents]).toEqual([[], [], []]);
    expect(sim.source.backups).toEqual([{ at: expect.any(Number) as number, serving: [] }]);
  },
);
