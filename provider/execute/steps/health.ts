import { isLeaderless, type SearchHealth } from "../../cluster/health";
import { isRebuild } from "../../cluster/hop";
import { shownRows } from "../../cluster/membership";
import type { ClusterState } from "../../cluster/state";
import { runsMixed } from "../../paths/searchIndex";
import type { Step } from "../../plan/plan";
import { upgradeAgain } from "../../plan/progress";
import { awaitHealthy } from "../awaitHealthy";
import { StepFailedError } from "../errors";
import type { Run } from "../run";
import type { Performers } from "./performers";

/** What a person does whose cluster has no leader: never done by us. */
const recoveryPage = "https://docs.chef.io/backend_failure_recovery/";
export const noLeaderWayOut = `The cluster has no leader, and nobody is made the leader by us: wait, or see ${recoveryPage}`;
const nobodyElected = `The cluster has no leader, nobody is elected while failover is off, and nobody is made the leader by us: allow failover by hand, or see ${recoveryPage}`;

/**
 * Waits for a healthy cluster, in readings that certainly describe the time after those nodes' restart.
 * @param look called after each reading: what it throws ends the waiting
 * @throws StepFailedError when it is not healthy in the step's time.
 */
export async function untilHealthy(
  run: Run,
  step: Step,
  restarted: readonly string[],
  search: SearchHealth = "counts",
  look: () => Promise<void> = async () => {},
): Promise<void> {
  const outcome = await awaitHealthy({
    clock: run.context.clock,
    observe: async () => {
      const state = await run.observe();
      await look();
      return state;
    },
    firstReading: () => run.freshState(),
    restarted,
    search,
    statusInterval: run.viewAge,
    timeout: step.timeout,
    longest: run.spec.timeouts.resync,
    onWaiting: (reason, seconds, limit) => run.waiting(step, reason, seconds, limit),
  });
  if (outcome.healthy) return;
  const what = step.node ? `${step.node} has not rejoined` : "the cluster is not healthy";
  const leaderless = run.record?.failover === "off" ? nobodyElected : noLeaderWayOut;
  const wayOut = isLeaderless(outcome.reason.split("; ")) ? leaderless : behind(outcome.state);
  const told = wayOut === null ? outcome.reason : `${outcome.reason}. ${wayOut}`;
  throw new StepFailedError(step, `${what} after ${Math.round(outcome.limit)} s: ${told}`);
}

/** Followers that have not caught up in all that time: what the vendor has for them only a person may decide. */
function behind({ nodes }: ClusterState): string | null {
  const rows = shownRows(nodes);
  const leader = rows.find(({ role }) => role === "leader");
  const names = [...new Set(rows.filter(({ pg }) => pg === "syncing").map(({ name }) => name))];
  if (!leader || names.length === 0) return null;
  return `If PostgreSQL goes on syncing on ${names.join(", ")}: a follower that fell too far behind needs a full base backup, one follower at a time, and that is your decision, never ours. On it: PSQL_INTERNAL_OK=true chef-backend-ctl pgsql-follow --force-basebackup ${leader.ip}`;
}

export const health: Performers = {
  healthy: async (run, step) => {
    const all = run.spec.nodes.map((node) => node.name);
    await untilHealthy(run, step, all).catch(async (error: unknown) => {
      if (run.hop.method === "downtime" && error instanceof StepFailedError) await upgradeThoseDown(run);
      throw error;
    });
    await run.journal.begun(step.id);
    await run.journal.done(step.id);
  },

  verify: async (run, step) => {
    // Green comes with the hop that follows, where somebody had upgraded a backend before.
    const mixed = isRebuild(run.hop) && runsMixed(run.state.nodes);
    await untilHealthy(run, step, [], mixed ? "mixed" : "counts");
    const cleanedUp = run.hop.method === "cleanup" ? { cleanedUp: run.hop.to } : {};
    await run.writeRecord({ finished: true, ...cleanedUp });
  },
};

/** Their `upgrade` ended with 0, and in all that time some of their services did not run: the next run runs it again. */
async function upgradeThoseDown(run: Run): Promise<void> {
  const names = run.state.nodes.filter(({ services }) => services.some((each) => !each.up));
  await run.journal.write(({ begun }) => ({
    begun: [...new Set([...begun, ...names.map(({ name }) => upgradeAgain(name))])],
  }));
}
