import { longestPromotion } from "../../chef/cluster/promotion";
import { leftOverSetting, searchLog } from "../../chef/cluster/searchLog";
import { blockedLeadersFact, parseBlockedLeaders } from "../../chef/cluster/blockedLeaders";
import { failoverReading } from "../../cluster/failover";
import { healthProblemsWithout } from "../../cluster/health";
import type { Step } from "../../plan/plan";
import { upgradeAgain } from "../../plan/progress";
import { cannotLead, stillAwaited, type View, viewOf } from "../../plan/view";
import { short } from "../../values/short";
import { ChangedMeanwhileError, StepFailedError } from "../errors";
import { readUntil } from "../readUntil";
import type { Run } from "../run";
import { noLeaderWayOut, untilHealthy } from "./health";
import { announce } from "../guard";
import { watching } from "../leaderless";
import { installed } from "./packages";
import type { Performers } from "./performers";

/** The rolling update: who is between installation and rejoin stands in the record. */
export const rolling: Performers = {
  "failover-off": async (run, step) => {
    await announce(run, step, { failover: "off" });
    await switchFailover(run, step, "off");
  },

  "failover-on-for-leader": async (run, step) => {
    await switchFailover(run, step, "on");
    await run.writeRecord({ failover: "on-for-leader" });
  },

  "failover-on": async (run, step) => {
    await switchFailover(run, step, "on");
    await run.writeRecord({ failover: "on" });
  },

  "await-leader": awaitLeader,
  install: installPackage,
  "finish-install": installPackage,
  upgrade: runUpgradeCommand,
  "upgrade-with-failover": runUpgradeCommand,
  "upgrade-again": runUpgradeCommand,

  rejoin: async (run, step) => {
    const node = step.node!;
    const halfUpgraded = () => upgradeIfHalfDone(run, node);
    await untilHealthy(run, step, [node], run.target.search, halfUpgraded).catch(async (error: Error) => {
      const { services } = run.state.nodes.find(({ name }) => name === node)!;
      if (error instanceof ChangedMeanwhileError) throw error;
      // What `upgrade` was to start does not run, though it had all that time.
      if (services.some(({ up }) => !up)) await run.journal.begun(upgradeAgain(node));
      throw error;
    });
    const unfinished = run.unfinished.filter((name) => name !== node);
    await run.writeRecord({ inside: null, insideGuid: null, unfinished });
  },
};

/**
 * Looks for the sign of a former leader that is upgraded by half, while its Elasticsearch does not answer. Once the others
 * are well without it, its `upgrade` is run again (vendor's upgrade page), and only once.
 * @throws ChangedMeanwhileError when it is to be run again: that stands in the record then
 */
async function upgradeIfHalfDone(run: Run, name: string): Promise<void> {
  const again = upgradeAgain(name);
  const { nodes } = viewOf(run.target, run.state);
  const { role, state } = nodes.find((each) => each.name === name)!;
  const tried = run.record?.done.includes(again);
  if (tried || state.unreachable !== null || state.searchVersion !== null || role === "leader") return;
  if (healthProblemsWithout(run.state, name).length > 0) return;
  const { facts, upgradedAt } = await run.jobs.machine(name).read([searchLog]);
  const line = leftOverSetting(facts[searchLog.name]!.stdout, upgradedAt ?? Infinity);
  if (line === null) return;
  await run.journal.begun(again);
  throw new ChangedMeanwhileError(
    `\`upgrade\` ended with 0, but Elasticsearch on ${name} does not start with the new build: ${short(line)}`,
  );
}

async function switchFailover(run: Run, step: Step, to: "on" | "off"): Promise<void> {
  const view = viewOf(run.target, run.state);
  // Without a leader any node that is in touch with the cluster; the unfinished one may be what took it down.
  const others = view.nodes.filter((node) => !node.inside && typeof node.state.clusterStatus !== "string");
  const leader = view.leader && !cannotLead(view.leader) ? view.leader : null;
  const via = leader ?? others.find((node) => node.role === "follower") ?? others[0] ?? view.nodes[0]!;
  const shown = failoverReading(run.state) !== "unknown";
  const before = shown ? null : await blockedLeaders(run, via.name);
  await run.jobs.good(step, via.name);
  const awaited = await readUntil(run, step, step.timeout, (state) => {
    const reading = failoverReading(state);
    return reading === to || reading === "unknown" ? null : `cluster-status still shows failover ${reading}`;
  });
  if (awaited !== null) throw new StepFailedError(step, `the command ended with 0, but ${awaited}`);
  if (failoverReading(run.state) === to) return;
  const after = before === null ? null : await blockedLeaders(run, via.name);
  if (after === null || after === before)
    run.context.report({
      type: "note",
      text: `\`set-cluster-failover ${to}\` ended with 0. It was not read back: neither cluster-status nor etcd shows it here`,
    });
}

/** What etcd has of it where it answers: a change is a switch that has happened. */
async function blockedLeaders(run: Run, node: string): Promise<string | null> {
  const { etcd } = run.placesOn(node);
  const { facts } = await run.jobs.machine(node).read([blockedLeadersFact(etcd)]);
  return parseBlockedLeaders(facts.blockedLeaders!);
}

/**
 * Failover is on: one of the others takes over from the leader that its own install took down. Where that one is back
 * and leads, there is something to hand over again.
 * @throws StepFailedError when nobody leads in the step's time: failover stays on.
 */
async function awaitLeader(run: Run, step: Step): Promise<void> {
  const limit = Math.max(step.timeout, longestPromotion);
  run.context.report({ type: "note", text: `Waiting for another leader: ${step.reason}` });
  const awaited = await readUntil(run, step, limit, (state) => {
    const view = viewOf(run.target, state);
    const { leader, inside } = view;
    if (leader?.inside && !cannotLead(leader)) throw new ChangedMeanwhileError(`${leader.name} leads again`);
    return inside && stillAwaited(view, inside, run.target.search);
  });
  if (awaited !== null)
    throw new StepFailedError(
      step,
      `${awaited}, after ${limit} s. Its \`upgrade\` was not begun, and failover stays on. ${noLeaderWayOut}`,
    );
}

async function installPackage(run: Run, step: Step): Promise<void> {
  const node = step.node!;
  const view = viewOf(run.target, run.state);
  await announce(run, step, { inside: node, insideGuid: guidOf(run, view, node) });
  await installed(run, step, run.target.version);
}

/** By its row; one that is out has none: then by what was written of it while it had. */
function guidOf({ record, state }: Run, { tied }: View, name: string): string | null {
  const { claim } = state.nodes.find((node) => node.name === name)!;
  const written = [record, claim].find((each) => each?.inside === name);
  return tied.rows.get(name)?.guid ?? written?.insideGuid ?? null;
}

async function runUpgradeCommand(run: Run, step: Step): Promise<void> {
  const node = step.node!;
  const view = viewOf(run.target, run.state);
  const target = view.nodes.find((each) => each.name === node)!;
  if (step.kind === "upgrade-again")
    run.context.report({ type: "note", text: `${step.reason}: it is upgraded once more` });
  const begun = (run.record?.begun ?? []).filter((id) => id !== upgradeAgain(node));
  await announce(run, step, { inside: node, insideGuid: guidOf(run, view, node), begun });
  await watching(run, run.jobs.good(step, node, target.state.package.version!));
  if (step.kind !== "upgrade-again") return;
  await run.journal.done(step.id);
  const { nodes } = await run.observe();
  const { kind, because } = nodes.find((each) => each.name === node)!.running;
  if (kind === "older")
    throw new StepFailedError(
      step,
      `\`chef-backend-ctl upgrade\` has ended with 0 twice, and ${node} still runs the old build: ${because}. Read the logs of its services there and run \`chef-backend-ctl restart\`; then run \`pulumi up\` again`,
    );
}
