import { failoverReading } from "../../cluster/failover";
import type { Step } from "../../plan/plan";
import { cannotLead, stillAwaited, viewOf } from "../../plan/view";
import { ChangedMeanwhileError, StepFailedError } from "../errors";
import type { Run } from "../run";
import { noLeaderWayOut, untilHealthy } from "./health";
import { announce } from "../guard";
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

  rejoin: async (run, step) => {
    await untilHealthy(run, step, [step.node!], run.target.search);
    await run.writeRecord({ inside: null, insideGuid: null });
  },
};

async function switchFailover(run: Run, step: Step, to: "on" | "off"): Promise<void> {
  const view = viewOf(run.target, run.state);
  // Without a leader any node that is in touch with the cluster; the unfinished one may be what took it down.
  const others = view.nodes.filter((node) => !node.inside && typeof node.state.clusterStatus !== "string");
  const leader = view.leader && !cannotLead(view.leader) ? view.leader : null;
  const via = leader ?? others.find((node) => node.role === "follower") ?? others[0] ?? view.nodes[0]!;
  await run.jobs.good(step, via.name);
  const begun = run.context.clock.now();
  for (;;) {
    const state = await run.observe();
    const reading = failoverReading(state);
    if (reading === to || reading === "unknown") return;
    const elapsed = (run.context.clock.now() - begun) / 1000;
    if (elapsed > step.timeout)
      throw new StepFailedError(
        step,
        `the command ended with 0, but cluster-status still shows failover ${reading}`,
      );
    run.waiting(step, `cluster-status still shows failover ${reading}`, elapsed);
    await run.context.clock.sleep(Math.max(250, state.endedAt - state.startedAt));
  }
}

/**
 * Failover is on: one of the others takes over from the leader that its own install took down. Where that one is back
 * and leads, there is something to hand over again.
 * @throws StepFailedError when nobody leads in the step's time: failover stays on.
 */
async function awaitLeader(run: Run, step: Step): Promise<void> {
  const { clock } = run.context;
  const begun = clock.now();
  for (let state = await run.freshState(); ; state = await run.observe()) {
    const view = viewOf(run.target, state);
    const { leader, inside } = view;
    if (leader?.inside && !cannotLead(leader)) throw new ChangedMeanwhileError(`${leader.name} leads again`);
    const awaited = inside && stillAwaited(view, inside, run.target.search);
    if (awaited === null) return;
    const elapsed = (clock.now() - begun) / 1000;
    if (elapsed > step.timeout)
      throw new StepFailedError(
        step,
        `${awaited}, after ${step.timeout} s. Its \`upgrade\` was not begun, and failover stays on. ${noLeaderWayOut}`,
      );
    run.waiting(step, awaited, elapsed);
    await clock.sleep(Math.max(250, state.endedAt - state.startedAt));
  }
}

async function installPackage(run: Run, step: Step): Promise<void> {
  const node = step.node!;
  const guid = viewOf(run.target, run.state).tied.rows.get(node)?.guid ?? run.record?.insideGuid ?? null;
  await announce(run, step, { inside: node, insideGuid: guid });
  await installed(run, step, run.target.version);
}

async function runUpgradeCommand(run: Run, step: Step): Promise<void> {
  const node = step.node!;
  const view = viewOf(run.target, run.state);
  const target = view.nodes.find((each) => each.name === node)!;
  const guid = view.tied.rows.get(node)?.guid ?? (target.inside ? run.record!.insideGuid : null);
  await announce(run, step, { inside: node, insideGuid: guid });
  await run.jobs.good(step, node, target.state.package.version!);
}
