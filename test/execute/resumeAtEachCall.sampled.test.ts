/**
 * The client is killed at each call of its machines, before the call has its effect and after, and another one goes
 * on. `STRIDE=1 npx jest execute/resumeAtEachCall` looks at every call.
 */
import type { Client, Rehearsal } from "../support/rehearsal";
import { stride } from "../support/sample";
import * as check from "./checks";
import { target } from "./frontendsRig";
import { without } from "./reindexRig";
import { goOn, workOf } from "./resume";
import { cleanup, frontends, rolling, type Scenario, withDowntime, withReindex } from "./scenarios";
import { blame } from "../support/labLog";

const otherLeader = { leader: "backend-3", elasticsearchMaster: "backend-1" };

/** With how many calls are looked at by default: one of so many. */
const scenarios: [string, number, Scenario][] = [
  ["rolling", 1, rolling()],
  ["rolling, rpm", 5, rolling({ platform: "rpm" })],
  ["rolling, no column shows failover", 3, rolling({ columns: { blocked: false } })],
  ["rolling, another leader", 5, rolling(otherLeader)],
  ["downtime", 4, withDowntime()],
  ["downtime, rpm, another leader", 11, withDowntime({ platform: "rpm", ...otherLeader })],
  ["reindex", 7, withReindex()],
  ["reindex, no maintenance mode", 7, withReindex(without)],
  ["frontends", 2, frontends()],
  ["frontends, rpm, three", 5, frontends({ platform: "rpm", count: 3 })],
  ["frontends, only one", 3, frontends({ count: 1 }, { allowDowntime: target })],
  ["frontends, after the backends", 9, frontends({ version: "2.1.0" })],
  ["cleanup", 2, cleanup],
];

type Hook = "onCall" | "onDone";

/** Machines are read side by side, and a reading has no effect: one of its moments is enough. */
function onEachCall(client: Client, hook: Hook, then: () => void): void {
  client.state[hook] = (node, operation) => {
    const counts = operation === "read" ? hook === "onCall" && node === "backend-1" : operation !== "beat";
    if (counts) then();
  };
}

/** Whether a run that found a lock said whose it takes over. */
function takeOverProblems(r: Rehearsal, held: boolean): string[] {
  const said = r.texts("note").some((text) => /^Taking over the lock of run\d@laptop on \w+-\d: /.test(text));
  return said === held ? [] : [held ? "taken over without a note" : "a note on a lock that nobody held"];
}

describe.each(scenarios)("%s: the client is killed", (_name, few, scenario) => {
  test.each(["onCall", "onDone"] as const)("at each call (%s), and another one goes on", async (hook) => {
    const whole = await scenario.build();
    const client = whole.client();
    let calls = 0;
    onEachCall(client, hook, () => (calls += 1));
    expect(scenario.problems(whole, await whole.up(scenario.change(whole), client))).toEqual([]);
    expect(calls).toBeGreaterThan(20);
    const found: Record<string, string[]> = {};
    for (let nth = 0; nth < calls; nth += stride(few * 2)) {
      const r = await scenario.build();
      const victim = r.client();
      let seen = 0;
      onEachCall(victim, hook, () => void (seen++ === nth && victim.kill()));
      expect(await check.upOrKilled(r, scenario.change(r), victim)).toBeNull();
      const step = r.events.findLast((event) => event.type === "step-started")?.step;
      const held = [...r.nodes, ...r.frontends].some((node) => node.lock !== null);
      const over = check.recordOf(r)?.finished ?? false;
      const problems = await goOn(r, scenario, null, workOf(whole));
      if (!over) problems.push(...takeOverProblems(r, held));
      if (blame(r, problems)) found[`${nth}, in ${step}`] = problems;
    }
    expect(found).toEqual({});
  });
});
