/** Upgrades that faults come upon, run again until they are done; and what was not as promised meanwhile. */
import type { RunEvent } from "../../../provider/report/events";
import type { ClusterInputs } from "../../../provider/inputs/schema";
import { clusterIsWhole } from "../lab/cluster";
import { changesOn, failoverIsOn } from "../lab/truth";
import { Writer } from "../lab/writer";
import { Client, type End } from "./client";
import { Befallen, type FaultName, faults, type Site } from "./faults";
import { look, type Look } from "./outOfService";

/** A fault that begins so long after a step has begun. */
export interface Planned {
  readonly fault: FaultName;
  /** Which step: told from the event, and how many steps were begun before, in all runs. */
  readonly when: (step: string, count: number) => boolean;
  /** Which machine. */
  readonly backend: (step: string) => string;
  readonly delay: number;
  readonly lasts: number;
}

/** A client that is killed so many seconds after its beginning; the others run to their end. */
export type KillAfter = number | null;

export interface Outcome {
  readonly problems: readonly string[];
  readonly runs: number;
  /** Every step that was begun, in all runs. */
  readonly begun: readonly string[];
  readonly befallen: readonly string[];
  /** What the runs that did not end well said. */
  readonly errors: readonly string[];
  readonly acknowledged: number;
  readonly lost: number;
  /** Whether a leader's machine was taken away: what it had acknowledged last may be lost. */
  readonly leaderTaken: boolean;
  /** How many commands a person had to give. */
  readonly byHand: number;
}

/** So many runs may fail once all faults are over: what they leave to be done, the next one does. */
const mostRuns = 8;

export async function upgradeThrough(
  site: Site,
  inputs: ClusterInputs,
  planned: readonly Planned[],
  kills: readonly KillAfter[] = [],
): Promise<Outcome> {
  const { machines } = site;
  const writer = await Writer.start(machines.vip);
  const problems: string[] = [];
  const errors: string[] = [];
  const left = [...planned];
  const befallen: Befallen[] = [];
  const starting: Promise<unknown>[] = [];
  const begun: string[] = [];
  let leaderTaken = false;
  let leader = (await machines.leader()).name;

  const onEvent = (event: RunEvent) => {
    if (event.type !== "step-started") return;
    const { step, node } = event;
    starting.push(judge(step, node));
    const next = left.findIndex(({ when }) => when(step, begun.length));
    begun.push(step);
    if (next >= 0) starting.push(begin(left.splice(next, 1)[0]!, step));
  };
  const begin = async ({ fault, backend, delay, lasts }: Planned, step: string) => {
    await sleep(delay);
    const machine = machines.machine(backend(step));
    // One at a time on each machine: what is taken away is put back as it was.
    for (let other; (other = befallen.find((each) => each.machine === machine && each.until === null));)
      await other.over;
    leaderTaken ||= machine.name === leader && "takesMachine" in faults[fault];
    const one = new Befallen(fault, machine, lasts, site, step);
    befallen.push(one);
    await one.over;
  };
  const judge = async (step: string, node: string | null) => {
    const seen = await look(machines);
    const moved = seen?.leader !== leader;
    leader = seen?.leader ?? leader;
    // What fate did a moment ago nobody can have known.
    if (!seen || moved || befallen.some((each) => each.isRecent())) return;
    if (node !== null && /\/(install|upgrade)/.test(step))
      problems.push(...orderProblems(step, node, seen, inputs.version));
  };
  let [runs, byHand] = [0, 0];
  try {
    for (let end: End | null = null; end === null || end.error !== null; runs++) {
      if (runs > mostRuns + kills.length)
        throw new Error(`not done after ${runs} runs:\n${errors.join("\n---\n")}`);
      const client = (site.client = Client.start(inputs, onEvent));
      const timer =
        kills[runs] == null ? undefined : setTimeout(() => client.signal("SIGKILL"), kills[runs]! * 1000);
      end = await client.end;
      clearTimeout(timer);
      if (end === null || end.error === null) continue;
      errors.push(end.error);
      const said = end.error.startsWith("FAILOVER IS OFF");
      // Whatever has begun comes to its end first: then the nodes can be asked.
      await Promise.all(starting);
      if (!said && !(await failoverIsOn(machines.backends)))
        problems.push(`failover is off, and nobody says so: ${end.error}`);
      if (/another run has taken over/.test(end.error))
        problems.push(`there is no other run, and the lock is said to be lost: ${end.error}`);
      for (const { on, command } of personsPart(end.error, await look(machines))) {
        await (on ? machines.machine(on) : machines.backends[0]!).run(command);
        byHand += 1;
      }
    }
    await Promise.all(starting);
    await clusterIsWhole(machines.backends, 300);
    if (!(await failoverIsOn(machines.backends))) problems.push("failover is off in the end");
    const changes = () => Promise.all(machines.backends.map(changesOn));
    const before = await changes();
    const again = await Client.start(inputs).end;
    if (again?.touched !== false || again.error !== null)
      problems.push(`a second run is not a no-op: ${again?.error}`);
    if ((await changes()).join() !== before.join()) problems.push("a second run has changed something");
    const { acknowledged, lost } = await writer.stop();
    if (lost > 0 && !leaderTaken) problems.push(`${lost} acknowledged rows are lost`);
    const happened = befallen.map(({ name, machine, step }) => `${step}: ${machine.name}: ${name}`);
    return { problems, runs, begun, befallen: happened, errors, acknowledged, lost, leaderTaken, byHand };
  } finally {
    writer.abandon();
    await Promise.allSettled(starting);
  }
}

/** What only a person may do then, as the error says: let somebody be elected, copy the leader anew, or hand over. */
function personsPart(error: string, seen: Look | null): { on?: string; command: string }[] {
  const [, allow] = /to allow failover by hand: (.*)$/m.exec(error) ?? [];
  const [, behind, copy] = /goes on syncing on ([\w-]+): .* On it: (.*)$/m.exec(error) ?? [];
  const [, turnOn, handOver] =
    /turn failover on: `([^`]+)`\s+hand over leadership: `([^`]+)`/.exec(error) ?? [];
  if (allow && seen?.leader === null) return [{ command: allow }];
  if (copy) return [{ on: behind!, command: copy }];
  return turnOn && handOver ? [{ command: turnOn }, { command: handOver }] : [];
}

/** What promises 1 and 4 say of the moment when a node's turn begins. */
function orderProblems(
  step: string,
  node: string,
  { leader, out, versions }: Look,
  version: string,
): string[] {
  const others = out.filter((name) => name !== node);
  const undone = Object.keys(versions).filter((name) => name !== node && versions[name] !== `${version}-1`);
  return [
    ...(others.length > 0 && !out.includes(node)
      ? [`${step} began while ${others.join(", ")} was out of service`]
      : []),
    ...(leader === node && undone.length > 0
      ? [`${step} began on the leader before ${undone.join(", ")}`]
      : []),
  ];
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
