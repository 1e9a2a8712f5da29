/**
 * The client is killed at each call of its machines, and the next run has other names for all of them, in another order.
 * `STRIDE=1 npx jest execute/whoIsWho.sampled` looks at every call.
 */
import type { UpgradeSpec } from "../../provider/plan/spec";
import { blame } from "../support/labLog";
import type { Rehearsal } from "../support/rehearsal";
import { stride } from "../support/sample";
import * as check from "./checks";
import { byAddress, called, turned } from "./renames";
import { without } from "./reindexRig";
import { cleanup, frontends, rolling, type Scenario, withDowntime, withReindex } from "./scenarios";

/** With how many calls are looked at by default: one of so many. */
const scenarios: [string, number, Scenario][] = [
  ["rolling", 3, rolling()],
  ["downtime", 7, withDowntime()],
  ["reindex", 9, withReindex()],
  ["reindex, no maintenance mode", 11, withReindex(without)],
  ["frontends", 5, frontends({ count: 3 })],
  ["cleanup", 5, cleanup],
];

function reversed({ nodes, frontends: its, ...rest }: Partial<UpgradeSpec>): Partial<UpgradeSpec> {
  return {
    ...{ ...rest, nodes: [...nodes!].reverse() },
    frontends: its && { ...its, nodes: [...its.nodes].reverse() },
  };
}

const otherNames = [
  (r: Rehearsal, change: Partial<UpgradeSpec>) => called(r, change, turned),
  (r: Rehearsal, change: Partial<UpgradeSpec>) => reversed(called(r, change, byAddress(r))),
];

describe.each(scenarios)("%s: the client is killed", (_name, few, scenario) => {
  test("at each call, and another one goes on under other names", async () => {
    const whole = await scenario.build();
    let calls = 0;
    const client = whole.client();
    client.state.onDone = () => (calls += 1);
    expect(scenario.problems(whole, await whole.up(scenario.change(whole), client))).toEqual([]);
    const found: Record<string, string[]> = {};
    for (let nth = 0, tried = 0; nth < calls; nth += stride(few * 2), tried++) {
      const r = await scenario.build();
      const victim = r.client();
      let seen = 0;
      victim.state.onDone = () => void (seen++ === nth && victim.kill());
      if ((await check.upOrKilled(r, scenario.change(r), victim)) !== null) continue;
      const step = r.events.findLast((event) => event.type === "step-started")?.step;
      const change = otherNames[tried % otherNames.length]!(r, scenario.change(r));
      const over = check.recordOf(r)?.finished ?? false;
      const problems = scenario.problems(r, await r.up(change));
      // The check of the order goes by the names of the lab.
      const wrong = problems.filter(
        (each) => !each.includes("it led") && !(over && /still (held|locked)/.test(each)),
      );
      if (blame(r, wrong)) found[`${nth}, in ${step}`] = wrong;
    }
    expect(found).toEqual({});
  });
});
