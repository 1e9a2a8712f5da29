import { newestRecord, parseRecord, type RunRecord } from "../../provider/cluster/record";
import type { SimulationOptions } from "../../lab/simulation/types";
import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import { observeCluster } from "../../provider/observe/observeCluster";
import type { Plan, Step } from "../../provider/plan/plan";
import type { UpgradeSpec } from "../../provider/plan/spec";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import { failureText } from "../../provider/report/failureText";
import { MemoryMachine } from "../support/memoryMachine";
import type { StartedJob } from "../support/memoryNode";
import { type Client, Rehearsal } from "../support/rehearsal";

/** leaderl's view can be so old (milliseconds): what moved less long ago nobody can have known. */
export const staleFor = 16_000;

/** The package's version as the node's package manager has it. */
export const wantedBuild = (r: Rehearsal) => (r.sim.platform === "deb" ? "2.3.16-1" : "2.3.16-1.el7");

/** What `up` would do now, step by step; asks the nodes, changes nothing. */
export async function planOf(r: Rehearsal, change: Partial<UpgradeSpec> = {}): Promise<readonly Step[]> {
  return (await wholePlanOf(r, change)).steps;
}

/** The same with what a preview shows besides. */
export async function wholePlanOf(r: Rehearsal, change: Partial<UpgradeSpec> = {}): Promise<Plan> {
  const nodes = [...r.nodes, ...r.frontends];
  const machines = nodes.map((node) => new MemoryMachine(node, { dead: false, unreachable: new Set() }));
  const spec = r.spec(change);
  return planUpgrade(spec, await r.clock.run(observeCluster(spec, machines, r.clock, "full")));
}

/** Calls `then` when the n-th step of the run begins, counted from 0. */
export function atStep(r: Rehearsal, index: number, then: (step: string) => void): void {
  let seen = 0;
  r.onEvent = (event) => {
    if (event.type !== "step-started" || seen++ !== index) return;
    then(event.step);
  };
}

/** One `up`, start to end; null when its client was killed. */
export async function upOrKilled(
  r: Rehearsal,
  change: Partial<UpgradeSpec>,
  client: Client,
): Promise<UpgradeResult | null> {
  try {
    return await r.up(change, client);
  } catch (error) {
    if ((error as Error).message !== "killed") throw error;
    return null;
  } finally {
    r.onEvent = undefined;
  }
}

/** A run whose client was killed so many seconds into a step, and the job of the step's node with it. */
export async function lostWithJob(
  step: string,
  seconds: number,
  options: Partial<SimulationOptions> = {},
): Promise<Rehearsal> {
  const r = new Rehearsal(options);
  const client = r.client();
  r.onEvent = (event) => {
    if (event.type !== "step-started" || event.step !== step) return;
    r.clock.setTimer(seconds * 1000, () => {
      client.kill();
      r.node(event.node!).jobs.at(-1)!.kill.abort();
    });
  };
  expect(await upOrKilled(r, {}, client)).toBeNull();
  return r;
}

/** Of a run that has failed: failover that is off stands at the top. */
export function unsaidFailover(r: Rehearsal, result: UpgradeResult): string[] {
  const text = textOf(result);
  const [first = ""] = text.split("\n");
  if (r.sim.failover || /FAILOVER IS OFF/.test(first)) return [];
  return /^FRONTENDS ARE CLOSED/.test(first) && /FAILOVER IS OFF/.test(text)
    ? []
    : [`failover is off, and it is not said at the top: ${text}`];
}

export const isWork = (job: StartedJob) => /^(install|finish-install|upgrade)/.test(job.kind);

/** How many jobs of a kind have been started on a node. */
export function count(
  r: Rehearsal,
  node: string,
  kind: RegExp,
  test: (job: StartedJob) => boolean = () => true,
) {
  return r.jobs.filter((job) => job.node === node && kind.test(job.kind) && test(job)).length;
}

/** The record that counts, as it lies on the nodes. */
export function recordOf(r: Rehearsal): RunRecord | null {
  return newestRecord(r.nodes.map((node) => parseRecord(node.record)));
}

/** The error of a run as people read it; "" when it ended well. */
export function textOf(result: UpgradeResult): string {
  return result.failure ? failureText(result) : "";
}

export const saysOff = (result: UpgradeResult) => textOf(result).startsWith("FAILOVER IS OFF");

/** Everything is upgraded, healthy, and nothing is owed. */
export function problemsAtTheEnd(r: Rehearsal, result: UpgradeResult): string[] {
  const problems: string[] = [];
  const wanted = wantedBuild(r);
  if (result.failure) problems.push(`failed: ${textOf(result)}`);
  for (const [name, version] of Object.entries(r.sim.installedVersions()))
    if (version !== wanted) problems.push(`${name} has ${version}`);
  for (const [name, version] of Object.entries(r.sim.runningVersions()))
    if (version !== wanted) problems.push(`${name} runs ${version}`);
  if (!r.sim.failover) problems.push("failover is off");
  if (!r.sim.healthy) problems.push(`not healthy: ${r.sim.outOfService().join(", ") || r.sim.search.colour}`);
  const record = recordOf(r);
  if (record && !record.finished) problems.push(`the record is open: ${JSON.stringify(record)}`);
  if (r.nodes.some((node) => node.lock)) problems.push("the lock is still held");
  if (r.nodes.some((node) => node.jobs.some((job) => job.state === "running"))) problems.push("a job runs");
  return problems;
}

/** An install or upgrade that had ended well was started once and no more. */
export function repeatedWork(r: Rehearsal): string[] {
  return r.jobs
    .filter(isWork)
    .filter((job, at, all) =>
      all.slice(0, at).some(
        (before) =>
          before.node === job.node &&
          family(before.kind) === family(job.kind) &&
          // Still running, or it had ended well and done its work.
          (before.end === null ||
            before.end.at > job.at ||
            (before.end.code === 0 && !didNothing(before, job))),
      ),
    )
    .map((job) => `${job.node} ${job.kind} was started again`);
}

/** What a job's kind stands for, however it was started. */
export const family = (kind: string) => kind.replace(/^finish-|-with-failover$|-again$/, "");

/** Whether an `upgrade` ended with 0, and its node went on with the build of before. */
const didNothing = ({ kind, node, upgradedTo }: StartedJob, later: StartedJob) =>
  /^upgrade/.test(kind) && later.upgradedTo[node] === upgradedTo[node];

export interface OrderOptions {
  /** Backends that are out for reasons of their own when a job starts. */
  readonly ignore?: (job: StartedJob) => readonly string[];
}

/** What the promises 1, 3 and 4 say of every install and upgrade at the moment when it started. */
export function orderProblems(r: Rehearsal, options: OrderOptions = {}): string[] {
  const problems: string[] = [];
  const wanted = wantedBuild(r);
  for (const job of r.jobs.filter(isWork)) {
    const what = `${job.node} ${job.kind} at ${seconds(job.at)} s`;
    const ignored = options.ignore?.(job) ?? [];
    // Nobody leads, and this one is down already: finishing it is what brings the cluster back.
    const rescue = job.leader === null && job.out.includes(job.node);
    const out = rescue ? [] : job.out.filter((name) => name !== job.node && !ignored.includes(name));
    if (out.length > 0) problems.push(`${what}: ${out.join(", ")} out of service`);
    const busy = r.jobs.filter(
      (other) =>
        isWork(other) &&
        other.node !== job.node &&
        other.at < job.at &&
        (other.end === null || other.end.at > job.at),
    );
    if (busy.length > 0)
      problems.push(`${what}: ${busy.map((each) => each.node).join(", ")} is being worked on`);
    // What moved a moment ago nobody can have known: the roles that are shown are older.
    if (r.moves.some((at) => at <= job.at && at > job.at - staleFor)) continue;
    const undone = Object.keys(job.upgradedTo).filter(
      (name) => name !== job.node && job.upgradedTo[name] !== wanted,
    );
    if (job.leader === job.node && undone.length > 0)
      problems.push(`${what}: it leads, and ${undone.join(", ")} are not done`);
    if (job.leader === job.node && job.kind === "upgrade")
      problems.push(`${what}: it leads, and was not told to fail over`);
    if (job.kind === "upgrade-with-failover" && !job.failover) problems.push(`${what}: failover is off`);
    // It led when it was installed, and that stopped it: failover is on until it follows.
    const stopped = job.out.includes(job.node) && r.jobs.some((each) => installedLeader(r, each, job.node));
    if (job.leader !== job.node && job.leader !== null && job.failover && !stopped)
      problems.push(`${what}: failover is on while a follower is worked on`);
  }
  return problems;
}

/** All that must hold when a run has ended well, however the ones before it ended. */
export function allProblems(r: Rehearsal, result: UpgradeResult, options: OrderOptions = {}): string[] {
  return [
    ...problemsAtTheEnd(r, result),
    ...repeatedWork(r),
    ...orderProblems(r, options),
    // A fault of its own may take a second node out: then only what we start counts (orderProblems).
    ...(r.sim.maxOut > 1 && !options.ignore ? [`${r.sim.maxOut} backends were out at once`] : []),
    ...(options.ignore ? [] : r.sim.riskyStops.map((stop) => `risky stop of ${stop.node}: ${stop.why}`)),
  ];
}

/** Whether a node led when it was installed, or while it was, or when it was told to hand over and be upgraded. */
function installedLeader({ moves }: Rehearsal, { kind, leader, at, end, ...job }: StartedJob, node: string) {
  const moved = moves.some((move) => move >= at && move <= (end?.at ?? Infinity));
  return job.node === node && /install|with-failover/.test(kind) && (leader === node || moved);
}

/** Seconds since the rehearsal's start. */
export function seconds(at: number): number {
  return (at - Date.UTC(2024, 0, 1)) / 1000;
}

/**
 * Failover is on, or a node is inside and the error's first line says that it is off.
 * @param exact whether it must not be said to be off while it is on: a lost answer may leave that unknown.
 */
export function failoverProblems(r: Rehearsal, result: UpgradeResult, exact = true): string[] {
  const inside = recordOf(r)?.inside ?? null;
  const problems: string[] = [];
  if (!r.sim.failover && !saysOff(result))
    problems.push("failover is off, and the first line does not say so");
  if (!r.sim.failover && inside === null) problems.push("failover is off, though no node is inside");
  if (exact && r.sim.failover && saysOff(result))
    problems.push("failover is on, but the first line says that it is off");
  return problems;
}

/** What the refusal asks a person for: where rpm was killed half-way, exactly one version is left in its database. */
export function leaveOneBuild({ sim }: Rehearsal): void {
  for (const { packages, product } of sim.machines) {
    const builds = packages.all(product);
    if (sim.platform === "rpm" && builds.length > 1) packages.replace(builds.at(-1)!);
  }
}
