import { UnreachableError } from "../../provider/machine/machine";
import type { UpgradeSpec } from "../../provider/plan/spec";
import * as check from "./checks";
import { allProblems, type Given, repeated, Site, target } from "./frontendsRig";

type Hook = "onCall" | "onDone";

/** All are read at the same time, and a reading has no effect: one of its moments is enough. */
function counts(hook: Hook, node: string, operation: string): boolean {
  return operation === "read" ? hook === "onCall" && node === "frontend-1" : operation !== "beat";
}

/** What a run leaves that goes on after another one was broken off. */
async function goOn(r: Site, change: Partial<UpgradeSpec> = {}): Promise<string[]> {
  // Where the record says that all is done nothing is left, not even a lock to be taken over.
  const over = check.recordOf(r)?.finished ?? false;
  const result = await r.run(undefined, change);
  if (over) return repeated(r).concat(result.failure ? [check.textOf(result)] : []);
  return allProblems(r, result);
}

const variants: [string, Given, number, Partial<UpgradeSpec>][] = [
  ["deb", {}, 2, {}],
  ["rpm, three", { platform: "rpm", count: 3 }, 5, {}],
  ["one frontend", { count: 1 }, 3, { allowDowntime: target }],
  ["after the backends", { version: "2.1.0" }, 9, {}],
];

describe("the client is killed, and another one goes on", () => {
  test.each(variants)(
    "at each call, before it has its effect and after (%s)",
    async (_what, given, stride, change) => {
      const found: Record<string, string[]> = {};
      let kills = 0;
      for (const hook of ["onCall", "onDone"] as const)
        for (let nth = 0; ; nth += stride) {
          const r = new Site(given);
          const client = r.client();
          let seen = 0;
          client.state[hook] = (node, operation) => {
            if (counts(hook, node, operation) && seen++ === nth) client.kill();
          };
          if (!(await r.killed(client, change))) break;
          kills += 1;
          const step = r.events.findLast((event) => event.type === "step-started");
          const problems = await goOn(r, change);
          if (problems.length > 0) found[`${hook} ${nth}, in ${step?.step}`] = problems;
        }
      expect(found).toEqual({});
      expect(kills).toBeGreaterThan(20);
    },
  );

  test("at every event", async () => {
    const found: Record<string, string[]> = {};
    let kills = 0;
    for (let nth = 0; ; nth += 1) {
      const r = new Site();
      const client = r.client();
      let seen = 0;
      r.onEvent = () => void (seen++ === nth && client.kill());
      if (!(await r.killed(client))) break;
      kills += 1;
      const problems = await goOn(r);
      if (problems.length > 0) found[`event ${nth}, ${JSON.stringify(r.events[nth])}`] = problems;
    }
    expect(found).toEqual({});
    expect(kills).toBeGreaterThan(25);
  });

  test("after some seconds of each step: what runs is waited for", async () => {
    const found: Record<string, string[]> = {};
    const steps = ["reconfigure", "stop", "install", "migration-level", "upgrade", "start", "verify"];
    const ids = ["frontend-1", "frontend-2"].flatMap((node) => steps.map((step) => `${node}/${step}`));
    for (const id of [...ids.filter((each) => each !== "frontend-1/migration-level"), "cluster/reindex"])
      for (const seconds of [0.3, 4, 11, 40, 70]) {
        const r = new Site();
        const client = r.client();
        r.at(id, () => void r.clock.setTimer(seconds * 1000, () => client.kill()));
        if (!(await r.killed(client))) continue;
        const problems = await goOn(r);
        if (problems.length > 0) found[`${id} after ${seconds} s`] = problems;
      }
    expect(found).toEqual({});
  });

  test("and the frontend is booted, which starts the services of the old package", async () => {
    for (const step of ["stop", "install"]) {
      const r = new Site({ platform: "rpm" });
      const client = r.client();
      r.at(`frontend-1/${step}`, () => {
        r.clock.setTimer(step === "stop" ? 6500 : 100, () => client.kill());
      });
      expect(await r.killed(client)).toBe(true);
      r.sim.reboot("frontend-1", 20);
      await r.clock.advance(40_000);
      r.sim.frontend("frontend-1").serve(true);
      expect(allProblems(r, await r.run())).toEqual([]);
    }
  });

  test("again and again: five runs are killed, the sixth finishes", async () => {
    for (const every of [17, 29, 53]) {
      const r = new Site({ count: 3 });
      for (let run = 0; run < 5; run++) {
        const client = r.client();
        r.clock.setTimer(every * 1000, () => client.kill());
        await r.killed(client);
      }
      expect(allProblems(r, await r.run())).toEqual([]);
    }
  });
});

test("the connection is lost at each call, for a moment and for long: the next run finishes", async () => {
  const found: Record<string, string[]> = {};
  for (const hook of ["onCall", "onDone"] as const)
    for (const lasts of [2, 400])
      for (let nth = 0; ; nth += 5) {
        const r = new Site();
        const client = r.client();
        let seen = 0;
        client.state[hook] = (node, operation) => {
          if (!counts(hook, node, operation) || seen++ !== nth) return;
          client.state.unreachable.add(node);
          r.clock.setTimer(lasts * 1000, () => client.state.unreachable.delete(node));
          throw new UnreachableError(`${node}: the connection was lost`, false);
        };
        const first = await r.run(client);
        if (seen <= nth) break;
        client.state.unreachable.clear();
        // What was left running ends.
        await r.clock.advance(100_000);
        const problems = allProblems(r, await r.run());
        if (first.failure && !/the connection was lost|no connection|not reachable/.test(check.textOf(first)))
          problems.push(`the error does not say why: ${check.textOf(first)}`);
        const failed = problems.filter((each) => !/still locked|the record is open/.test(each));
        if (failed.length > 0) found[`${hook} ${nth} for ${lasts} s`] = failed;
      }
  expect(found).toEqual({});
});
