import type { NodeState } from "../../cluster/state";
import type { Step } from "../../plan/plan";
import { viewOf } from "../../plan/view";
import { makeBackup } from "../backups";
import { StepFailedError } from "../errors";
import { type HeededResult, jobProblem } from "../jobs";
import type { Run } from "../run";
import { upgradeAgain } from "../../plan/progress";
import { isIdle, runningUpgrade, waitsForTheOthers } from "../../procedures/downtime";
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
 * Starts `upgrade` on a node and leaves it running. The next one may start when this one has ended, or when its
 * services run: then it waits for a quorum or a leader, which only the others can give it.
 */
async function startUpgrade(run: Run, step: Step): Promise<void> {
  const node = step.node!;
  const { clock } = run.context;
  const begun = clock.now();
  const before = stateOf(run.state.nodes, node);
  const running = runningUpgrade(before);
  const again = upgradeAgain(node);
  if (!running)
    await run.journal.write(({ begun }) => ({
      begun: [...new Set([...begun.filter((id) => id !== again), step.id])],
    }));
  run.upgrades.set(
    node,
    running ?? (await run.jobs.start(step, node, { marksRunning: before.package.version! })),
  );
  for (;;) {
    const state = await run.observe();
    const now = stateOf(state.nodes, node);
    if (now.unreachable === null && (!runningUpgrade(now) || waitsForTheOthers(now))) return;
    const elapsed = (clock.now() - begun) / 1000;
    if (elapsed > step.timeout)
      throw new StepFailedError(
        step,
        `\`upgrade\` on ${node} still runs after ${step.timeout} s, and ${now.unreachable ?? "its services do not"}; it is left alone, and the next \`pulumi up\` waits for it`,
      );
    run.waiting(step, "waiting for its services", elapsed);
    await clock.sleep(Math.max(250, state.endedAt - state.startedAt));
  }
}

/** All exit statuses, whatever the first one is: the others' tell as much. */
async function awaitUpgrades(run: Run, step: Step): Promise<void> {
  const deadline = run.context.clock.now() + step.timeout * 1000;
  const jobs = run.state.nodes.flatMap((node) => {
    const job = runningUpgrade(node) ?? run.upgrades.get(node.name);
    return job ? [{ node: node.name, job }] : [];
  });
  const ends = await Promise.all(
    jobs.map(async ({ node, job }) => {
      const end = await run.jobs.follow(step, node, job, deadline).catch((error: Error) => error);
      return { node, end };
    }),
  );
  const bad = ends.filter(({ end }) => end instanceof Error || end.code !== 0);
  const { nodes } = await run.observe();
  const idle = nodes.filter((node) => isIdle(node)).map(({ name }) => name);
  if (bad.length === 0 && idle.length === 0) return;
  const told = [
    ...bad.map(({ node, end }) => (end instanceof Error ? end.message : jobProblem(step, node, end))),
    ...idle.map(
      (name) => `after \`upgrade\` no service runs on ${name}; the next \`pulumi up\` runs it again`,
    ),
  ];
  const result = bad.map(({ end }) => end).find((end): end is HeededResult => !(end instanceof Error));
  const up = nodes.every(({ services }) => services.length > 0 && services.every((service) => service.up));
  const leader = viewOf(run.target, run.state).nodes.some((node) => node.role === "leader");
  throw new StepFailedError(step, told.join("; ") + (up && !leader ? `. ${noLeaderWayOut}` : ""), result);
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
