import { planEnterprise } from "../../provider/enterprise/planEnterprise";
import { problems, Site, target, textOf } from "./rig";

const cleanups = (r: Site) => r.commands().filter((each) => each.endsWith("cleanup"));
const everywhere = ["backend-1", "backend-2", "frontend-1", "frontend-2"].map((name) => `${name} cleanup`);

async function upgraded(): Promise<Site> {
  const r = new Site();
  expect(problems(r, await r.up())).toEqual([]);
  return r;
}

test("destroys the old data in a later run, on every machine, and once", async () => {
  const r = await upgraded();
  const { state } = await r.up();
  expect(planEnterprise(r.spec({ cleanup: true }), state).destroys).toMatch(
    /^DATA WILL BE DESTROYED on backend-1, backend-2, frontend-1, frontend-2: .*CouchDB/,
  );
  expect(planEnterprise(r.spec(), state).destroys).toBeNull();
  expect(textOf(await r.up({ cleanup: true, allowDowntime: null }))).toBe("");
  expect(cleanups(r)).toEqual(everywhere);
  expect([r.sim.oldData, r.sim.accidents, r.record!.cleanedUp]).toEqual([[], [], target]);
  expect((await r.up({ cleanup: true })).touched).toBe(false);
  expect(cleanups(r)).toEqual(everywhere);
});

test("is not repeated where only the state remembers it", async () => {
  const r = new Site({ version: target });
  expect((await r.up({ cleanup: true, cleanedUp: target })).touched).toBe(false);
  expect(cleanups(r)).toEqual([]);
});

test("is refused for a system that is seen for the first time", async () => {
  const r = new Site({ version: target });
  expect(textOf(await r.up({ cleanup: true, adopted: false }))).toMatch(/sees for the first time/);
  expect(cleanups(r)).toEqual([]);
});

test("is refused while a machine is not verified", async () => {
  const r = await upgraded();
  r.sim.switches("frontend-1").serviceDown = "nginx";
  expect(textOf(await r.up({ cleanup: true }))).toMatch(
    /Cleanup needs a healthy system .*\n.*\n.*frontend-1: nginx is not running/,
  );
  expect(cleanups(r)).toEqual([]);
});

test("killed after each command: the next run goes on, and does none twice", async () => {
  for (const step of ["backend-1/cleanup", "backend-2/cleanup", "frontend-1/cleanup", "cluster/verify"])
    for (const seconds of [0, 2]) {
      const r = await upgraded();
      const client = r.client();
      r.at(step, () => void r.clock.setTimer(seconds * 1000, () => client.kill()));
      if (!(await r.killed(client, { cleanup: true }))) continue;
      expect(textOf(await r.up({ cleanup: true }))).toBe("");
      expect([step, cleanups(r)]).toEqual([step, everywhere]);
      expect(r.sim.oldData).toEqual([]);
    }
});

test("a failed one is told, and tried again by the next run", async () => {
  const r = await upgraded();
  r.sim.switches("backend-2").cleanupFails = { code: 1, message: "no" };
  expect(textOf(await r.up({ cleanup: true }))).toMatch(
    /`private-chef-ctl cleanup` on backend-2 ended with 1/,
  );
  r.sim.switches("backend-2").cleanupFails = null;
  expect(textOf(await r.up({ cleanup: true }))).toBe("");
  expect(r.sim.oldData).toEqual([]);
});
