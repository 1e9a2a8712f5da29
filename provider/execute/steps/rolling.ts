import { failoverReading } from "../cluster/failover";
import { satisfies } from "../versions/version";
import type { Step, StepKind } from "../plan/plan";
import { viewOf } from "../plan/view";
import { awaitHealthy } from "./awaitHealthy";
import { StepFailedError } from "./errors";
import { jobProblem, type Run } from "./run";

/** How each kind of step is run, verified and recorded. The record is written before the change it describes. */
export const performers: Record<StepKind, (run: Run, step: Step) => Promise<void>> = {
  stage: async (run, step) => {
    const staging = run.spec.packageFile!.staging!;
    const waiting = run.state.nodes.filter((node) => node.packageFile?.missing);
    const deadline = run.context.clock.now() + step.timeout * 1000;
    await Promise.all(
      waiting.map((node) =>
        run.machine(node.name).stage(run.lock.run, staging, {
          deadline,
          onOutput: (text) => run.context.report({ type: "output", step: step.id, node: node.name, text }),
        }),
      ),
    );
    await run.observe("full");
  },

  "failover-off": async (run, step) => {
    await run.writeRecord({ failover: "off" });
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

  install: installPackage,
  "finish-install": installPackage,
  upgrade: runUpgradeCommand,
  "upgrade-with-failover": runUpgradeCommand,

  rejoin: async (run, step) => {
    await backAndHealthy(run, step);
    await run.writeRecord({ inside: null, insideGuid: null });
  },

  verify: async (run, step) => {
    await backAndHealthy(run, step);
    await run.writeRecord({ finished: true });
  },
};

async function switchFailover(run: Run, step: Step, to: "on" | "off"): Promise<void> {
  const view = viewOf(run.spec, run.state);
  // Without a leader any node that is in touch with the cluster; the unfinished one may be what took it down.
  const others = view.nodes.filter((node) => !node.inside && typeof node.state.clusterStatus !== "string");
  const via = view.leader ?? others.find((node) => node.role === "follower") ?? others[0] ?? view.nodes[0]!;
  await run.goodJob(step, via.name);
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

/** Judged by the installed version: package managers end with 0 after a downgrade, and with 1 for "already there". */
async function installPackage(run: Run, step: Step): Promise<void> {
  const node = step.node!;
  const guid = viewOf(run.spec, run.state).tied.rows.get(node)?.guid ?? run.record?.insideGuid ?? null;
  await run.writeRecord({ inside: node, insideGuid: guid });
  const result = await run.job(step, node);
  const state = await run.observe();
  const { package: pkg } = state.nodes.find((each) => each.name === node)!;
  if (pkg.state === "installed" && satisfies(pkg.version!, run.spec.version)) return;
  throw new StepFailedError(
    step,
    `${jobProblem(step, node, result)}, and ${node} has ${pkg.version ?? "nothing"} installed (${pkg.detail})`,
    result,
  );
}

async function runUpgradeCommand(run: Run, step: Step): Promise<void> {
  const node = step.node!;
  const view = viewOf(run.spec, run.state);
  const target = view.nodes.find((each) => each.name === node)!;
  if (!target.inside)
    await run.writeRecord({ inside: node, insideGuid: view.tied.rows.get(node)?.guid ?? null });
  await run.goodJob(step, node, target.state.package.version!);
}

async function backAndHealthy(run: Run, step: Step): Promise<void> {
  const outcome = await awaitHealthy({
    clock: run.context.clock,
    observe: () => run.observe(),
    firstReading: () => run.freshState(),
    restarted: step.node,
    statusInterval: run.spec.timeouts.statusInterval,
    timeout: step.timeout,
    onWaiting: (reason, seconds) => run.waiting(step, reason, seconds),
  });
  if (!outcome.healthy) {
    const what = step.node ? `${step.node} has not rejoined` : "the cluster is not healthy";
    throw new StepFailedError(step, `${what} after ${step.timeout} s: ${outcome.reason}`);
  }
}
