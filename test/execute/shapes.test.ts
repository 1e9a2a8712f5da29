/** An upgrade goes through in every shape in which nodes may print their tables, whenever that begins. */
import { noise, type Shape } from "../../lab/simulation/shape";
import type { ColumnOptions } from "../../lab/simulation/columns";
import { Rehearsal } from "../support/rehearsal";

const shapes: [string, Partial<Shape>, Partial<ColumnOptions>][] = [
  ["notes before and after", { before: noise.banner + noise.ruby + noise.locale, after: noise.ntp }, {}],
  ["colors, CRLF, everything twice", { colored: true, crlf: true, twice: true }, {}],
  ["rows in another order", { serviceOrder: ["postgresql", "etcd", "elasticsearch", "epmd", "leaderl"] }, {}],
  ["further columns, one of them empty", {}, { follows: true, extra: { Zone: "", "Last Seen": "just now" } }],
  ["whom it follows in its role's cell", {}, { followsInRole: true }],
  ["columns in another order", {}, { order: ["GUID", "Name", "ES", "Role", "IP", "PG"] }],
];

test.each(shapes)("%s: from the beginning", async (_what, shape, columns) => {
  const rehearsal = new Rehearsal();
  Object.assign(rehearsal.sim.shape, shape);
  Object.assign(rehearsal.sim.columns, columns);
  expect((await rehearsal.up()).failure).toBeNull();
  expect(rehearsal.sim).toMatchObject({ healthy: true, failover: true, maxOut: 1 });
});

test("notes that begin in the middle of a backend's turn do not leave it unfinished", async () => {
  const rehearsal = new Rehearsal();
  rehearsal.onEvent = (event) => {
    if (event.type === "step-finished" && event.step === "backend-2/upgrade")
      Object.assign(rehearsal.sim.shape, {
        after: `${noise.ntp}Current leader: backend-1\nNo leader is blocked.\n`,
      });
  };
  expect((await rehearsal.up()).failure).toBeNull();
  expect(rehearsal.sim).toMatchObject({ healthy: true, failover: true, maxOut: 1 });
});

test.each(["-", "syncing 45%", "not running", "initializing"])(
  "an unfinished backend whose row has %j for a role is finished",
  async (role) => {
    const rehearsal = new Rehearsal();
    rehearsal.sim.switches("backend-2").upgradeFails = { code: 1, message: "no", afterRestart: true };
    expect((await rehearsal.up()).failure).not.toBeNull();
    rehearsal.sim.switches("backend-2").upgradeFails = null;
    rehearsal.sim.switches("backend-2").role = role;
    const before = rehearsal.commands().length;
    rehearsal.onEvent = (event) => {
      if (event.type === "step-started" && event.step === "backend-2/rejoin")
        rehearsal.sim.switches("backend-2").role = null;
    };
    expect((await rehearsal.up()).failure).toBeNull();
    expect(rehearsal.commands()[before]).toBe("backend-2 upgrade");
  },
);

test("a package database that breaks elsewhere does not keep an unfinished backend from being finished", async () => {
  const rehearsal = new Rehearsal();
  const broken = { code: 2, message: "dpkg-query: error: parsing file '/var/lib/dpkg/status'" };
  rehearsal.onEvent = (event) => {
    if (event.type === "step-finished" && event.step === "backend-2/install")
      rehearsal.sim.switches("backend-1").prints = { "dpkg-query": broken };
  };
  const { failure } = await rehearsal.up();
  expect(failure?.error.message).toContain("Package database cannot be read [packageDatabase]");
  // backend-2 is finished, and nothing is left off.
  expect(rehearsal.sim).toMatchObject({ healthy: true, failover: true, maxOut: 1 });
  expect(rehearsal.commands()).toContain("backend-2 upgrade");
});
