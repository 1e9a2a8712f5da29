import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import type { StartedJob } from "../support/memoryNode";
import type { Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { startedInVain } from "./frontendsRig";
import type { Scenario } from "./scenarios";
import { noOpProblems } from "../support/interruptedRuns";

/** The installs, upgrades and index rebuilds that were started, each with its node. */
interface Work {
  /** Whether only those count that ended well. */
  readonly onlyGood: boolean;
  readonly jobs: readonly string[];
}

export function workOf({ jobs }: Rehearsal, onlyGood = false): Work {
  const counts = (job: StartedJob) =>
    /install|upgrade|reindex|cleanup/.test(job.kind) &&
    !(onlyGood && job.end?.code !== 0) &&
    // Where a frontend did not start, that it is upgraded once more is meant.
    !(job.kind === "upgrade-frontend" && startedInVain({ jobs }, job));
  const words = ({ node, kind }: StartedJob) => `${node} ${check.family(kind)}`;
  return { onlyGood, jobs: jobs.filter(counts).map(words).sort() };
}

/**
 * Runs again after something was lost, and tells what is wrong then.
 * @param first how the first run ended; null when it was killed
 * @param work of a run without faults: the same, and nothing more, is started
 */
export async function goOn(
  r: Rehearsal,
  { change, problems }: Scenario,
  first: UpgradeResult | null,
  work: Work,
): Promise<string[]> {
  const over = check.recordOf(r)?.finished ?? false;
  const found = first?.failure ? unreported(r, first) : [];
  // Whoever was killed is started again at once; who has ended comes back later.
  if (first) await r.clock.advance(500_000);
  const last = await r.up(change(r));
  // Where nothing is left to be done a lock may be left, too. A run that ended by itself makes its backups anew.
  const allowed = (each: string) =>
    ((over || first !== null) && /still (held|locked)/.test(each)) ||
    (first !== null && / backup was started again/.test(each));
  found.push(...problems(r, last).filter((each) => !allowed(each)));
  const { jobs } = workOf(r, work.onlyGood);
  if (jobs.join() !== work.jobs.join()) found.push(`not once: ${jobs.join()}`);
  found.push(...(await noOpProblems(r, () => r.up(change(r)))));
  return found;
}

function unreported(r: Rehearsal, result: UpgradeResult): string[] {
  if (r.sim.failover) return [];
  const text = check.textOf(result);
  if (!text.includes("FAILOVER IS OFF")) return [`failover is off, and it is not said: ${text}`];
  const may = check.recordOf(r)?.inside || text.includes("it could not be turned on again");
  return may ? [] : [`failover is off, though no node is inside: ${text}`];
}
