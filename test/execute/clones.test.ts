/** Machines of one template have one machine id: one that is listed in place of another is another one all the same. */
import * as check from "./checks";
import { oldCluster } from "./downtimeRig";
import { problems, Site } from "./frontendsRig";

const clone = "c".repeat(32);
const no = { code: 7, message: "it does not work" };

test("frontends' upgrade: one that was done is replaced by a clone with the old release: it is upgraded, too", async () => {
  const r = new Site({ count: 3 });
  for (const { name } of r.sim.frontends) r.sim.machine(name).machineId = clone;
  const [one, two, three] = r.frontendsSpec().nodes;
  r.sim.switches("frontend-2").frontendUpgradeFails = no;
  expect(check.textOf(await r.up(r.asked({ nodes: [one!, two!] })))).toMatch(/it does not work/);
  r.sim.switches("frontend-2").frontendUpgradeFails = null;
  await r.up(r.asked({ nodes: [three!, two!] }));
  expect(problems(r, await r.up(r.asked({ nodes: [three!, two!] })))).toEqual([]);
});

test("full downtime: one that was reconfigured is replaced by a clone: that one is reconfigured, too", async () => {
  const frontends = [1, 2, 3].map((n) => ({
    name: `frontend-${n}`,
    ip: `192.168.33.23${n}`,
    version: "15.9.38",
  }));
  const r = oldCluster({ frontends });
  for (const { name } of frontends) r.sim.machine(name).machineId = clone;
  const [one, two, three] = r.frontendsSpec().nodes;
  r.sim.switches("frontend-2").reconfigureFails = no;
  const first = { allowDowntime: "2.3.16", frontends: r.frontendsSpec({ nodes: [one!, two!] }) };
  expect(check.textOf(await r.up(first))).toMatch(/it does not work/);
  r.sim.switches("frontend-2").reconfigureFails = null;
  expect((await r.up({ frontends: r.frontendsSpec({ nodes: [three!, two!] }) })).failure).toBeNull();
  expect(r.commands()).toContain("frontend-3 reconfigure");
});
