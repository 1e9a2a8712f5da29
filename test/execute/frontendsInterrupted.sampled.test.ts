import { UnreachableError } from "../../provider/machine/machine";
import * as check from "./checks";
import { allProblems, Site } from "./frontendsRig";
import { blame } from "../support/labLog";
import { stride } from "../support/sample";

type Hook = "onCall" | "onDone";

/** All are read at the same time, and a reading has no effect: one of its moments is enough. */
function counts(hook: Hook, node: string, operation: string): boolean {
  return operation === "read" ? hook === "onCall" && node === "frontend-1" : operation !== "beat";
}

describe("the client is killed, and another one goes on", () => {
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
      for (let nth = 0; ; nth += stride(5)) {
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
        if (blame(r, failed)) found[`${hook} ${nth} for ${lasts} s`] = failed;
      }
  expect(found).toEqual({});
});
