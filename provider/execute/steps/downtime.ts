import { longestPromotion } from "../../chef/cluster/promotion";
import type { NodeState } from "../../cluster/state";
import type { JobSummary } from "../../machine/machine";
import { takesPart } from "../../plan/election";
import type { Step } from "../../plan/plan";
import { viewOf } from "../../plan/view";
import { makeBackup } from "../backups";
import { StepFailedError } from "../errors";
import { type HeededResult, jobProblem } from "../jobs";
import { readUntil } from "../readUntil";
import type { Run } from "../run";
import { upgradeAgain } from "../../plan/progress";
import { isIdle, patience, runningUpgrade, waitsForTheOthers } from "../../procedures/downtime";
import { noLeaderWayOut } from "./health";
import type { Performers } from "./performers";

export const downtime: Performers = {
  backup: makeBackup,

  down: async (run, step) => {
    const node = step.node!;
    // From the first one on nobody can tell any more who led.
    const first = !run.record?.begun.some((id) => id.endsWith("/down"));
    const leader = viewOf(run.target, run.state).leader?.name;
    await run.journal.job(step, node, first && leader ? { leaderAtStart: leader } : {});
    // A job of an earlier run may have ended well before the node was booted.
    if ((await servicesUp(run, node)).length > 0) await run.journal.job(step, node);
    const up = await servicesUp(run, node);
    if (up.length > 0)
      throw new StepFailedError(step, `it ended with 0, but ${up.join(", ")} on ${node} still runs`);
    await run.journal.done(step.id);
  },

  "start-upgrade": startUpgrade,
  "await-upgrades": awaitUpgrades,
};

/**
 * Starts `upgrade` on a node and leaves it running. It may wait for a quorum or a leader, which only the others can give it: the
 * next one is not kept waiting for that.
 */
async function startUpgrade(run: Run, step: Step): Promise<void> {
  const node = step.node!;
  const { clock } = run.context;
  const running = runningUpgrade(stateOf(run.state.nodes, node));
  const again = upgradeAgain(node);
  if (!running)
    await run.journal.write(({ begun }) => ({
      begun: [...new Set([...begun.filter((id) => id !== again), step.id])],
    }));
  run.upgrades.set(node, running ?? (await initiate(run, step, node)));
  const patient = clock.now() + patience * 1000;
  const awaited = await readUntil(run, step, step.timeout, ({ nodes }) => {
    const now = stateOf(nodes, node);
    if (now.unreachable !== null) return now.unreachable;
    const waited = !runningUpgrade(now) || waitsForTheOthers(now) || clock.now() > patient;
    return waited ? null : "waiting for its etcd and leaderl";
  });
  if (awaited !== null)
    throw new StepFailedError(
      step,
      `whether \`upgrade\` on ${node} still runs after ${step.timeout} s is not known: ${awaited}; the next \`pulumi up\` finds out`,
    );
}

const initiate = (run: Run, step: Step, node: string) =>
  run.jobs.start({ ...step, kind: "start-upgrade" }, node, {
    marksRunning: stateOf(run.state.nodes, node).package.version!,
  });

/** All exit statuses, whatever the first one is: the others' tell as much. */
async function awaitUpgrades(run: Run, step: Step): Promise<void> {
  const jobs = run.state.nodes.flatMap((node) => {
    const job = run.upgrades.get(node.name) ?? runningUpgrade(node);
    return job ? [{ node: node.name, job }] : [];
  });
  const ends = await followAll(run, step, jobs);
  const failed = ends.filter(({ end }) => !(end instanceof Error) && end.state === "ended" && end.code !== 0);
  const again = failed.map(({ node }) => node);
  const later = again.length > 0 && (await someoneLeads(run, step)) ? await onceMore(run, step, again) : [];
  const last = new Map([...ends, ...later].map(({ node, end }) => [node, end]));
  const bad = [...last].filter(([, end]) => end instanceof Error || end.code !== 0);
  const { nodes } = await run.observe();
  const idle = nodes.filter((node) => isIdle(node)).map(({ name }) => name);
  if (bad.length === 0 && idle.length === 0) return;
  const told = [
    ...bad.map(([node, end]) => (end instanceof Error ? end.message : jobProblem(step, node, end))),
    ...idle.map(
      (name) => `after \`upgrade\` no service runs on ${name}; the next \`pulumi up\` runs it again`,
    ),
  ];
  const result = bad.map(([, end]) => end).find((end): end is HeededResult => !(end instanceof Error));
  const up = nodes.every(({ services }) => services.length > 0 && services.every((service) => service.up));
  throw new StepFailedError(step, told.join("; ") + (up && !isLed(run) ? `. ${noLeaderWayOut}` : ""), result);
}

interface Ended {
  readonly node: string;
  readonly end: HeededResult | Error;
}

function followAll(
  run: Run,
  step: Step,
  jobs: readonly { readonly node: string; readonly job: Pick<JobSummary, "id" | "run"> }[],
): Promise<Ended[]> {
  const deadline = run.jobs.deadline(step);
  return Promise.all(
    jobs.map(async ({ node, job }) => {
      const end = await run.jobs.follow(step, node, job, deadline).catch((error: Error) => error);
      return { node, end };
    }),
  );
}

const isLed = (run: Run) => viewOf(run.target, run.state).nodes.some(({ role }) => role === "leader");

/** All have ended: whether somebody leads, or comes to, where a quorum can elect one. */
async function someoneLeads(run: Run, step: Step): Promise<boolean> {
  const { nodes } = await run.freshState();
  if (nodes.filter(takesPart).length * 2 <= nodes.length) return false;
  const awaited = () => (isLed(run) ? null : "waiting for a leader");
  return (await readUntil(run, step, longestPromotion, awaited)) === null;
}

/**
 * Their `upgrade`, now that there is a leader: a lack of one may be all that it ended for. Whether it was so cannot be told
 * when the end is seen: somebody may have come to lead since, while this run was cut off or asleep.
 */
async function onceMore(run: Run, step: Step, again: readonly string[]): Promise<Ended[]> {
  run.context.report({
    type: "note",
    text: `\`upgrade\` on ${again.join(", ")} failed, perhaps for want of a leader. There is one now: it is run once more`,
  });
  const jobs = await Promise.all(again.map(async (node) => ({ node, job: await initiate(run, step, node) })));
  for (const { node, job } of jobs) run.upgrades.set(node, job);
  return followAll(run, step, jobs);
}

async function servicesUp(run: Run, node: string): Promise<string[]> {
  const { nodes } = await run.observe();
  return stateOf(nodes, node)
    .services.filter((service) => service.up)
    .map((service) => service.service);
}

function stateOf(nodes: readonly NodeState[], name: string): NodeState {
  return nodes.find((node) => node.name === name)!;
}
