import type { Rehearsal } from "../support/rehearsal";
import * as rig from "./reindexRig";

const { aRehearsal, asked, check, endProblems, harm } = rig;
const ways = rig.ways.filter((way) => way !== rig.oneHop);
const steps = (r: Rehearsal) =>
  r.events.flatMap((event) => (event.type === "step-started" ? [event.step] : []));

/** Calls `then` when the second part begins, with its first step. */
function atSecondPart(r: Rehearsal, then: () => void): void {
  let parts = 0;
  r.onEvent = (event) => {
    if (event.type === "step-finished" && event.step === "cluster/verify") parts += 1;
    else if (event.type === "step-started" && parts === 1) {
      parts += 1;
      then();
    }
  };
}

/** Where the first part ends, how many there are, and how many of them upgrade. */
function partsOf(way: rig.Way): { first: string; parts: number; upgrades: number } {
  if (way === rig.rebuildFirst) return { first: way.from, parts: 2, upgrades: 1 };
  return { first: "2.3.16", parts: way === rig.fromTwo ? 2 : 3, upgrades: 2 };
}

describe.each(ways)("$from with an index of $index => … => $to", (way) => {
  const { first, parts, upgrades } = partsOf(way);

  test("the first part is complete and verified before the second one begins", async () => {
    const r = aRehearsal(way);
    let truth: unknown;
    atSecondPart(r, () => {
      const { sim } = r;
      truth = {
        versions: [...new Set(Object.values(sim.runningVersions()))],
        ...{ healthy: sim.healthy, failover: sim.failover, complete: sim.search.complete },
        open: sim.frontends.map((each) => each.open),
      };
    });
    await r.up(asked(r, way));
    expect(truth).toEqual({
      versions: [`${first}-1`],
      healthy: true,
      failover: true,
      complete: true,
      open: [true, true],
    });
    expect(steps(r).filter((step) => step === "cluster/verify")).toHaveLength(parts);
    const last = r.texts("note").filter((text) => text.startsWith("Done and verified: "));
    expect(last).toHaveLength(parts - 1);
    expect(last.at(-1)).toMatch(/^Done and verified: .*2\.[13]\.\d+\. Next: 2\.[13]\.\d+ => 3\.1\.1$/);
  });

  test("what the second part lacks is told before the first one begins", async () => {
    const lacking: [string, (r: Rehearsal) => void][] = [
      [
        "there is no such file",
        (r) => r.node("backend-3").files.delete("/srv/chef-backend_3.1.1-1_amd64.deb"),
      ],
      [
        "is empty",
        (r) => r.node("backend-3").files.set("/srv/chef-backend_3.1.1-1_amd64.deb", Buffer.alloc(0)),
      ],
    ];
    for (const [text, lack] of lacking) {
      const r = aRehearsal(way);
      lack(r);
      const result = await r.up(asked(r, way));
      expect(check.textOf(result)).toMatch(
        new RegExp(`^Package file .*\\n.*where: backend-3\\n.*3\\.1\\.1.*${text}[^]*Nothing was changed`),
      );
      expect(r.commands()).toEqual([]);
    }
  });

  test("what is found in the second part's way after the first leaves the cluster whole", async () => {
    const r = aRehearsal(way);
    // The disk was filled meanwhile: nobody had looked at it since the beginning.
    r.onEvent = (event) => {
      if (event.type === "step-started" && event.step === "cluster/verify")
        r.sim.switches("backend-3").diskFree = { "/": 300_000 };
    };
    const result = await r.up(asked(r, way));
    expect(check.textOf(result)).toMatch(
      /Not enough disk space .*\n.*where: backend-3, [^]*The cluster is healthy\.\n/,
    );
    expect(Object.values(r.sim.runningVersions())).toEqual(Array(3).fill(`${first}-1`));
    expect(r.sim.failover && r.sim.frontends.every((each) => each.open)).toBe(true);
    r.onEvent = undefined;
    r.sim.switches("backend-3").diskFree = { "/": 40_000_000 };
    expect([...endProblems(r, await r.up(asked(r, way)), way), ...harm(r)]).toEqual([]);
  });

  test("killed where the second part begins: it goes on there, and nothing is done twice", async () => {
    const r = aRehearsal(way);
    const client = r.client();
    atSecondPart(r, () => client.kill());
    await expect(r.up(asked(r, way), client)).rejects.toThrow("killed");
    const done = steps(r).length;
    r.onEvent = undefined;
    expect([...endProblems(r, await r.up(asked(r, way)), way), ...harm(r)]).toEqual([]);
    expect(steps(r).slice(done)).toContain("cluster/verify");
    for (const node of rig.names) expect(check.count(r, node, /^(install|install-only)$/)).toBe(upgrades);
  });

  test("without consent for the target nothing begins, whatever a stop on the way was allowed", async () => {
    const r = aRehearsal(way);
    const result = await r.up(asked(r, way, { allowDowntime: "2.3.16" }));
    expect(check.textOf(result)).toMatch(
      /`allowDowntime` is 2\.3\.16, another version[^]*set `allowDowntime: "3\.1\.1"`/,
    );
    expect(r.commands()).toEqual([]);
  });
});

test("consent that is withdrawn after the first part: the cluster stays at 2.3.16 until it is given again", async () => {
  const r = aRehearsal(rig.fromOne);
  const client = r.client();
  atSecondPart(r, () => client.kill());
  await expect(r.up(asked(r, rig.fromOne), client)).rejects.toThrow("killed");
  r.onEvent = undefined;
  const result = await r.up(asked(r, rig.fromOne, { allowDowntime: null }));
  expect(check.textOf(result)).toMatch(/Downtime not approved/);
  expect(r.sim.failover && r.sim.frontends.every((each) => each.open)).toBe(true);
  expect([...endProblems(r, await r.up(asked(r, rig.fromOne)), rig.fromOne), ...harm(r)]).toEqual([]);
});
