import type { SimulationOptions } from "../../lab/simulation/types";
import type { LabPackage } from "../../lab/simulation/packages/packageFile";
import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import type { UpgradeSpec } from "../../provider/plan/spec";
import type { StartedJob } from "../support/memoryNode";
import { type Client, frontendNames, names, Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { startedAgain } from "../support/startedAgain";

/** 1.4.40 with two frontends; the package of 2.3.16 lies on every backend. */
export function oldCluster(
  change: Partial<SimulationOptions> = {},
  pkg: Partial<LabPackage> = {},
): Rehearsal {
  const frontends = frontendNames.map((name, index) => ({ name, ip: `192.168.33.${231 + index}` }));
  return new Rehearsal({ version: "1.4.40", frontends, ...change }, pkg);
}

/** One `pulumi up` that may take the cluster down. */
export function up(
  r: Rehearsal,
  change: Partial<UpgradeSpec> = {},
  client: Client = r.client(),
): Promise<UpgradeResult> {
  return r.up({ allowDowntime: "2.3.16", ...change }, client);
}

/** The same, killed somewhere: whether it was. */
export async function killed(r: Rehearsal, client: Client): Promise<boolean> {
  return (await check.upOrKilled(r, { allowDowntime: "2.3.16" }, client)) === null;
}

/** Changing commands of one kind, in order, by machine. */
export function machinesOf(r: Rehearsal, command: string): string[] {
  const end = ` ${command}`;
  return r.commands().flatMap((each) => (each.endsWith(end) ? [each.slice(0, -end.length)] : []));
}

const isUpgrade = (job: StartedJob) => job.kind === "start-upgrade";

/** What the procedure says of every job at the moment when it started. */
export function orderProblems(r: Rehearsal): string[] {
  const wanted = check.wantedBuild(r);
  return r.jobs.flatMap((job, at) => {
    const before = r.jobs.slice(0, at);
    const what = `${job.node} ${job.kind} at ${check.seconds(job.at)} s`;
    const problems: string[] = [];
    const missing = names.filter((name) => job.installed[name] !== wanted);
    if (/^(down|start-upgrade)$/.test(job.kind) && missing.length > 0)
      problems.push(`${what}: the package is not on ${missing.join(", ")}`);
    if (isUpgrade(job)) {
      const notDown = names.filter(
        (name) => !before.some((each) => each.node === name && each.kind === "down"),
      );
      if (notDown.length > 0) problems.push(`${what}: ${notDown.join(", ")} were never taken down`);
      const led = check.recordOf(r)?.leaderAtStart;
      const later = names.filter(
        (name) => name !== led && !before.some((each) => isUpgrade(each) && each.node === name),
      );
      if (job.node === led && later.length > 0)
        problems.push(`${what}: it led, and ${later.join(", ")} were not begun`);
    }
    if (/^(reconfigure-frontend)$/.test(job.kind) && names.some((name) => job.upgradedTo[name] !== wanted))
      problems.push(`${what}: the backends are not upgraded`);
    return problems;
  });
}

/**
 * A command that ended well, or still ran, was started again.
 * @param mayBe whether there was a reason for it
 */
export function repeated(r: Rehearsal, mayBe: (job: StartedJob) => boolean = () => false): string[] {
  return startedAgain(r.jobs, /^(install-only|start-upgrade|backup)$/)
    .filter((job) => !mayBe(job))
    .map((job) => `${job.node} ${job.kind} was started again at ${check.seconds(job.at)} s`);
}

/** Everything is upgraded and healthy, frontends answer, nothing is owed, and nobody did what must not be done. */
export function problems(r: Rehearsal, result: UpgradeResult): string[] {
  const answers = r.sim.frontends.filter((each) => !each.open).map((each) => `${each.name} is closed`);
  return [
    ...check.problemsAtTheEnd(r, result),
    ...r.sim.accidents,
    ...answers,
    ...orderProblems(r),
    ...forced(r),
  ];
}

/** Nobody is ever made the leader by us. */
export function forced(r: Rehearsal): string[] {
  return r.commands().filter((each) => /promote|force|demote/.test(each));
}

/** What came of it: the run that goes on must end well, with nothing done twice. */
export async function goOn(r: Rehearsal): Promise<string[]> {
  const over = check.recordOf(r)?.finished ?? false;
  const result = await up(r);
  const found = problems(r, result).filter((each) => !over || each !== "the lock is still held");
  return [...found, ...repeated(r)];
}
