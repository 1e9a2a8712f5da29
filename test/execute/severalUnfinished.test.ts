import { names, Rehearsal } from "../support/rehearsal";
import * as check from "./checks";

/** A run that was lost in the middle of `backend-2`'s upgrade, and a machine that was set back into another run's. */
async function twoUnfinished(): Promise<Rehearsal> {
  const r = await check.lostWithJob("backend-2/upgrade", 0.5);
  for (const node of r.nodes) node.lock = null;
  const record = check.recordOf(r)!;
  const guid = r.sim.backend("backend-3").guid;
  const of = { ...record, run: "other", seq: 1, inside: "backend-3", insideGuid: guid };
  r.node("backend-3").record = JSON.stringify(of);
  await r.clock.advance(60_000);
  return r;
}

const bringBack = async (r: Rehearsal, name: string) => {
  expect(await r.clock.run(r.sim.exec(name, ["chef-backend-ctl", "start"]))).toMatchObject({ code: 0 });
  await r.clock.advance(60_000);
};

describe("more than one backend carries an unfinished step of ours", () => {
  test("both are out: nothing is started, the error names them, by whom they were begun, and the order", async () => {
    const r = await twoUnfinished();
    for (const name of ["backend-2", "backend-3"]) r.sim.backend(name).stop();
    await r.clock.advance(60_000);
    const run = check.recordOf(r)!.run;
    const before = r.jobs.length;
    const refused = await r.up();
    const text = check.textOf(refused);
    expect(text).toMatch(/^FAILOVER IS OFF/);
    expect(text).toContain(`More than one backend is unfinished [unfinished]
  where: backend-2, backend-3
  seen:  backend-2: begun by run ${run}, and not finished
         backend-3: begun by run other, and not finished
`);
    expect(text).toContain(`bring backend-2 back first: \`chef-backend-ctl upgrade\` there`);
    expect(text).toContain(`it finishes backend-3`);
    expect(r.jobs.slice(before)).toEqual([]);

    await bringBack(r, "backend-2");
    expect(check.problemsAtTheEnd(r, await r.up())).toEqual([]);
    expect(check.orderProblems(r)).toEqual([]);
  });

  test.each(names.slice(1))("%s alone is out: it is finished first, then the other one", async (out) => {
    const r = await twoUnfinished();
    const other = out === "backend-2" ? "backend-3" : "backend-2";
    await bringBack(r, other);
    r.sim.backend(out).stop();
    await r.clock.advance(60_000);
    const before = r.jobs.length;
    expect(check.problemsAtTheEnd(r, await r.up())).toEqual([]);
    expect(check.orderProblems(r)).toEqual([]);
    const worked = r.jobs
      .slice(before)
      .filter(check.isWork)
      .map(({ node }) => node);
    expect([...new Set(worked)]).toEqual([out, other, "backend-1"]);
  });

  test("a copy that could not be written to is old: who serves at the version is done", async () => {
    const r = new Rehearsal();
    await r.up();
    const record = check.recordOf(r)!;
    const guid = r.sim.backend("backend-3").guid;
    const of = { ...record, seq: 1, finished: false, inside: "backend-3", insideGuid: guid };
    r.node("backend-3").record = JSON.stringify(of);
    expect(await r.up()).toMatchObject({ failure: null, touched: false });
  });

  test("failover turned on by hand in between: the record of failover off keeps both", async () => {
    const r = await twoUnfinished();
    await bringBack(r, "backend-2");
    r.sim.backend("backend-3").stop();
    expect(
      await r.clock.run(r.sim.exec("backend-1", ["chef-backend-ctl", "set-cluster-failover", "on"])),
    ).toMatchObject({ code: 0 });
    await r.clock.advance(60_000);
    expect(check.problemsAtTheEnd(r, await r.up())).toEqual([]);
  });

  test("set back into a run after which another one has ended well: it is not forgotten", async () => {
    const r = await twoUnfinished();
    await bringBack(r, "backend-2");
    await bringBack(r, "backend-3");
    for (const name of ["backend-1", "backend-2"]) {
      const ended = { run: "later", seq: 99, finished: true, inside: null, insideGuid: null, failover: "on" };
      r.node(name).record = JSON.stringify({ ...check.recordOf(r)!, ...ended });
    }
    r.sim.cluster.failover = true;
    expect(check.problemsAtTheEnd(r, await r.up())).toEqual([]);
  });

  test("a copy of the very run that has ended well opens nothing: a backend is down for reasons of its own", async () => {
    const r = new Rehearsal();
    await r.up();
    const record = { ...check.recordOf(r)!, seq: 1, finished: false, inside: "backend-3" };
    r.node("backend-3").record = JSON.stringify(record);
    r.sim.backend("backend-3").stop();
    await r.clock.advance(60_000);
    const before = r.commands();
    await r.up({ version: "2.3.17" });
    expect(r.commands()).toEqual(before);
  });
});
