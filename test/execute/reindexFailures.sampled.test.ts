import type { Client, Rehearsal } from "../support/rehearsal";
import { sampled } from "../support/sample";
import * as rig from "./reindexRig";
import { blame } from "../support/labLog";

const { aRehearsal, asked, endProblems, harm, wayOutProblems } = rig;

/** What goes wrong when a step begins; gives what mends it. */
type Fault = (r: Rehearsal, node: string | null, client: Client) => () => void;

/** Every control command of the step's machine fails before it changes anything. */
const controlFails: Fault = (r, node) => {
  const machines = node === null ? rig.names : [node];
  for (const name of machines) r.sim.switches(name).controlFails = "ERROR: no";
  return () => machines.forEach((name) => (r.sim.switches(name).controlFails = null));
};

/** The job of the step dies when it has run for that long. */
const dies =
  (seconds: number): Fault =>
  (r, _node, client) => {
    let first = true;
    client.state.onDone = (name, operation) => {
      if (operation !== "startJob" || !first) return;
      first = false;
      r.clock.setTimer(seconds * 1000, () => r.node(name).jobs.at(-1)!.kill.abort());
    };
    return () => (client.state.onDone = undefined);
  };

/** The step's machine (else the third backend) is gone for a minute. */
const reboots: Fault = (r, node) => {
  r.clock.setTimer(300, () => r.sim.reboot(node ?? "backend-3"));
  return () => undefined;
};

/** The step's machine is out of our reach, for good. */
const cutOff: Fault = (_r, node, client) => {
  client.state.unreachable.add(node ?? "backend-3");
  return () => client.state.unreachable.clear();
};

const leaderMoves: Fault = (r) => {
  r.clock.setTimer(300, () => r.sim.forceFailover());
  return () => undefined;
};

const faults: Record<string, Fault> = {
  "the control commands fail": controlFails,
  "its job dies at once": dies(0),
  "its job dies soon": dies(2),
  "the machine reboots": reboots,
  "no connection": cutOff,
  "the leader moves": leaderMoves,
};

async function failAndMend(way: rig.Way, frontend: string, index: number, fault: Fault): Promise<string[]> {
  const r = aRehearsal(way, frontend);
  const client = r.client();
  const problems: string[] = [];
  let mend = (): void => undefined;
  rig.atStep(r, index, (_step, node) => (mend = fault(r, node, client)));
  const first = await r.up(asked(r, way, { reindexTestOrg: "acme" }), client);
  r.onEvent = undefined;
  if (first.failure && fault !== cutOff) problems.push(...wayOutProblems(r, first));
  mend();
  await r.clock.advance(400_000);
  const again = asked(r, way, { reindexTestOrg: "acme" });
  const last = fault === leaderMoves ? await rig.finish(r, again) : await r.up(again);
  problems.push(...endProblems(r, last, way).map((each) => `at the end: ${each}`), ...harm(r));
  blame(r, problems);
  return problems;
}

describe.each([rig.withMaintenance, rig.without])("frontends of %s", (frontend) => {
  test.each(Object.keys(faults))(
    "each step where %s: left as promised, done by the next run",
    async (name) => {
      const steps = await rig.stepsOf(rig.oneHop, frontend);
      const found: Record<string, string[]> = {};
      expect(steps.length).toBeGreaterThan(30);
      const from = Object.keys(faults).indexOf(name) + (frontend === rig.without ? 3 : 0);
      for (const [index, step] of sampled([...steps.entries()], from)) {
        // The rolling part is the same for both.
        if (frontend === rig.without && /backend-\d\/(install|upgrade|rejoin)/.test(step)) continue;
        const problems = await failAndMend(rig.oneHop, frontend, index, faults[name]!);
        if (problems.length > 0) found[`${index} ${step}`] = problems;
      }
      expect(found).toEqual({});
    },
  );
});
