/** kill -9 of whoever takes part in an upgrade, at a moment of a step, through the real engine. */
import type { ChildProcess } from "node:child_process";
import type { Step } from "../../../provider/plan/plan";
import { killAll, processTree } from "../../support/processTree";
import type { PulumiRun } from "../../support/pulumiStack";
import type { Machine } from "../lab/machine";
import type { MachinesStack } from "../lab/machinesStack";
import { killIfThere } from "../lab/processes";
import type { Machines } from "../lab/startMachines";
import { type Said, watchedUp } from "./watchedUp";

/**
 * The engine goes with all that it has started, as when a runner dies; the provider alone; the sshd processes that
 * serve us on the step's node; the step's job there, with all of its processes.
 */
export const victims = ["engine", "provider", "session", "job"] as const;
export const moments = ["before", "during", "after"] as const;
export type Victim = (typeof victims)[number];

export interface Kill {
  readonly victim: Victim;
  readonly step: Step;
  readonly moment: (typeof moments)[number];
  /** A step before it has the same title: by what is said they are told apart by their order alone. */
  readonly again: boolean;
}

/** What came of it. */
export interface Killed {
  readonly ups: number;
  /** Steps whose job was killed before its end. */
  readonly jobs: readonly Step[];
  /** Kills for which there was no step any more: the rest of the way may be another one. */
  readonly missed: readonly Kill[];
}

/** `up` until it ends well; on the way everything is killed, once each. */
export async function upThrough(stack: MachinesStack, kills: readonly Kill[]): Promise<Killed> {
  const left = [...kills];
  const jobs: Step[] = [];
  for (let ups = 1; ; ups++) {
    const before = [...left];
    const { code, all } = await killOnTheWay(stack, left, jobs);
    if (code === 0) return { ups, jobs, missed: left };
    const done = before.filter((kill) => !left.includes(kill));
    if (done.length === 0) throw new Error(`ended with ${code} though nobody was killed:\n${all}`);
  }
}

/** One `up`. */
async function killOnTheWay(
  { machines, pulumi }: MachinesStack,
  left: Kill[],
  jobs: Step[],
): Promise<PulumiRun> {
  let over = false;
  let engineKilled = false;
  let acts = Promise.resolve();
  const ends = new Map<string, () => void>();
  const onSaid = (said: Said) => {
    for (const [title, end] of ends) if (said.text.includes(`${title}: done in `)) end();
    const at = left.findIndex((kill) => isReached(kill, said) && isNext(kill, left));
    if (over || at < 0) return;
    const kill = left.splice(at, 1)[0]!;
    over = kill.victim === "engine" || kill.victim === "provider";
    engineKilled ||= kill.victim === "engine";
    const ended = new Promise<void>((resolve) => ends.set(kill.step.title, resolve));
    acts = acts.then(async () => {
      if (await act(machines, kill, child, ended)) jobs.push(kill.step);
    });
  };
  const { child, done } = watchedUp(pulumi, onSaid);
  const result = await done;
  await acts;
  // The lock of the stack's own state was held by the engine that is gone.
  if (engineKilled) await pulumi.run("cancel", "--yes");
  return result;
}

function isReached({ step, moment }: Kill, { text, status }: Said): boolean {
  // Who is missing from the table has no role behind its name.
  if (step.node !== null && !new RegExp(`${step.node}( \\(|:)`).test(text)) return false;
  return moment === "after" ? text.includes(`${step.title}: done in `) : status && text.endsWith(step.title);
}

/** The second one of a title is reached once everything before it was. */
function isNext(kill: Kill, left: readonly Kill[]): boolean {
  return !kill.again || left[0] === kill;
}

/**
 * @param ended the step's end was said: who has not been killed by then is killed at once
 * @returns whether a job was killed before its end
 */
async function act(
  machines: Machines,
  { victim, step, moment }: Kill,
  child: ChildProcess,
  ended: Promise<void>,
): Promise<boolean> {
  const nodes = step.node === null ? machines.backends : [machines.machine(step.node)];
  const pattern = jobsOf(step);
  if (victim === "job") return killJob(nodes, pattern, moment, ended);
  if (moment === "during") {
    if (pattern) await whenJobRuns(nodes, pattern, "echo runs", ended);
    // It only reads, and may soon be done.
    else await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (victim === "session") {
    for (const node of nodes)
      for (const { pid, command } of await node.processes())
        if (/^sshd: (?!.*listener)/.test(command)) killIfThere(pid);
    return false;
  }
  const tree = await processTree(child.pid!);
  killAll(victim === "engine" ? tree : tree.filter(({ command }) => command.includes("dynamic-provider")));
  return false;
}

/** Names of the jobs' folders; null where the step has none. */
export function jobsOf({ kind, commands }: Step): string | null {
  if (kind === "stage") return "*-download-*";
  return commands.length > 0 ? `*[0-9]-${kind}` : null;
}

/** Where the step's job is over, or it has none, what is left of jobs is killed: their guards, asleep. */
async function killJob(
  nodes: readonly Machine[],
  pattern: string | null,
  moment: Kill["moment"],
  ended: Promise<void>,
): Promise<boolean> {
  if (pattern === null || moment === "after") {
    const guards = eachJob("*", `[ -e "$job/status" ] && ${killGroup}`);
    await Promise.all(nodes.map((node) => node.attempt(guards)));
    return false;
  }
  const pause = moment === "during" ? "sleep 0.1; " : "";
  const then = `${pause}[ -e "$job/status" ] || { ${killGroup}; echo killed; }`;
  return (await whenJobRuns(nodes, pattern, then, ended)).includes("killed");
}

/** A job leads its process group. */
const killGroup = `kill -s KILL -- "-$pid"`;

let watches = 0;

/** Looks in the machines themselves, so that hardly a job is too short, until one of them has found it or it has ended. */
async function whenJobRuns(
  nodes: readonly Machine[],
  pattern: string,
  then: string,
  ended: Promise<void>,
): Promise<string> {
  const over = `/run/watched-${++watches}`;
  const running = `[ ! -e "$job/status" ] && kill -s 0 "$pid" 2> /dev/null || continue`;
  const look = eachJob(pattern, `${running}; ${then}; exit 0`);
  const watch = `n=0; while [ ! -e ${over} ] && [ $n -lt 2000 ]; do ${look} sleep 0.02; n=$((n + 1)); done; exit 1`;
  const looking = nodes.map((node) => node.run(watch));
  const rest = Promise.allSettled(looking);
  const stop = () => Promise.all(nodes.map((node) => node.run(`true > ${over}`)));
  void ended.then(stop).catch(() => {});
  try {
    return await Promise.any(looking).catch(() => "none was found");
  } finally {
    await stop();
    await rest;
  }
}

function eachJob(pattern: string, then: string): string {
  const folders = `/var/lib/pulumi-chef-backend/lock/*/jobs/${pattern}`;
  return `for job in ${folders}; do [ -e "$job/pid" ] && read -r pid rest < "$job/pid" || continue; ${then}; done;`;
}
