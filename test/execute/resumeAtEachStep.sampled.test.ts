/**
 * Somebody is lost before, during or after each step of each procedure: the next run finishes, and nothing is done
 * twice. Driven from the steps that a run without faults takes, so that a new step is covered by itself.
 * `STRIDE=1 npx jest execute/resumeAtEachStep` looks at every moment.
 */
import { performers } from "../../provider/execute/steps";
import type { Client, Rehearsal } from "../support/rehearsal";
import { stride } from "../support/sample";
import * as check from "./checks";
import { goOn, workOf } from "./resume";
import { procedures, type Scenario } from "./scenarios";
import { blame } from "../support/labLog";

/** From when to when, in milliseconds since the run began. */
interface Span {
  readonly begins: number;
  readonly ends: number;
}

/** A step of the run without faults. */
interface Taken extends Span {
  readonly id: string;
  /** Where it changes something; the first backend where it changes nothing. */
  readonly node: string;
  readonly job: Span | null;
}

interface Victim {
  /** @returns whether there was anything to be lost. */
  readonly lose: (r: Rehearsal, client: Client, node: string) => boolean;
  /** Before, during, after. */
  readonly moments: (step: Taken) => readonly number[];
  /** A job may end badly: killed, or since nobody goes on whom it waits for. Then it is started again. */
  readonly jobsMayFail?: boolean;
}

const middle = ({ begins, ends }: Span) => (begins + ends) / 2;
const ofStep = (step: Taken) => [
  step.begins,
  middle(step.job ? { ...step.job, ends: Math.min(step.job.ends, step.ends) } : step),
  step.ends,
];
/** Just begun, half done, nearly done; not what takes no time. */
const ofJob = ({ job }: Taken) =>
  job && job.ends > job.begins ? [job.begins + 1, middle(job), job.ends - 1] : [];

const engine: Victim["lose"] = (_r, client) => {
  client.kill();
  return true;
};
const session =
  (seconds: number): Victim["lose"] =>
  (r, client, node) => {
    client.state.unreachable.add(node);
    r.clock.setTimer(seconds * 1000, () => client.state.unreachable.delete(node));
    return true;
  };
const job: Victim["lose"] = (r, _client, node) => {
  const running = r.node(node).jobs.findLast(({ state }) => state === "running");
  running?.kill.abort();
  return running !== undefined;
};

const victims: [string, Victim][] = [
  ["the engine", { lose: engine, moments: ofStep }],
  ["the SSH session for 5 s", { lose: session(5), moments: ofStep }],
  ["the SSH session for 400 s", { lose: session(400), moments: ofStep, jobsMayFail: true }],
  ["the job", { lose: job, moments: ofJob, jobsMayFail: true }],
  [
    "the job with the engine",
    { lose: (...of) => job(...of) && engine(...of), moments: ofJob, jobsMayFail: true },
  ],
];

/** The run without faults, and its steps. */
async function rehearse({ build, change, problems }: Scenario) {
  const r = await build();
  const start = r.clock.now();
  const since = (at: number) => at - start;
  const steps: (Span & { id: string; node: string | null })[] = [];
  r.onEvent = (event) => {
    const at = since(r.clock.now());
    if (event.type === "step-started")
      steps.push({ id: event.step, node: event.node, begins: at, ends: Infinity });
    if (event.type === "step-finished") steps.push({ ...steps.pop()!, ends: at });
  };
  expect(problems(r, await r.up(change(r)))).toEqual([]);
  const taken = steps.map((step): Taken => {
    const work = r.jobs.find(({ at }) => since(at) >= step.begins && since(at) <= step.ends);
    return {
      ...step,
      node: step.node ?? work?.node ?? "backend-1",
      job: work ? { begins: since(work.at), ends: since(work.end!.at) } : null,
    };
  });
  return { whole: r, steps: taken };
}

/** What is wrong after somebody was lost at a moment; null where there was nothing to be lost. */
async function lose(scenario: Scenario, victim: Victim, node: string, at: number, whole: Rehearsal) {
  const r = await scenario.build();
  const client = r.client();
  let lost = false;
  r.clock.setTimer(at, () => (lost = victim.lose(r, client, node)));
  const first = await check.upOrKilled(r, scenario.change(r), client);
  if (!lost) return null;
  const problems = await goOn(r, scenario, first, workOf(whole, victim.jobsMayFail));
  blame(r, problems);
  return problems;
}

describe.each(Object.entries(procedures))("%s", (_name, scenario) => {
  test.each(victims)("%s is lost: the next run finishes, each thing was done once", async (_who, victim) => {
    const { steps, whole } = await rehearse(scenario);
    const found: Record<string, string[] | null> = {};
    let moment = victims.findIndex(([, each]) => each === victim);
    for (const step of steps)
      for (const [index, at] of victim.moments(step).entries()) {
        if (moment++ % stride(3) !== 0) continue;
        const problems = await lose(scenario, victim, step.node, at, whole);
        if (problems?.length !== 0) found[`${["before", "during", "after"][index]} ${step.id}`] = problems;
      }
    expect(found).toEqual({});
  });
});

test("every kind of step is among them", async () => {
  const kinds = Object.keys(performers) as (keyof typeof performers)[];
  const performed = kinds.map((kind) => jest.spyOn(performers, kind));
  for (const scenario of Object.values(procedures)) await rehearse(scenario);
  expect(kinds.filter((_kind, at) => performed[at]!.mock.calls.length === 0)).toEqual([]);
});
