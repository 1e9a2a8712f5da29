import * as ctl from "../commands/chefBackendCtl";
import { finishInstall } from "../commands/install";
import type { Hop } from "../cluster/hop";
import { failoverReading } from "../cluster/failover";
import type { ClusterState, NodeState } from "../cluster/state";
import type { JobSummary } from "../machine/machine";
import { describeNodes } from "../plan/describe";
import { installCommands } from "../plan/installTool";
import type { Step } from "../plan/plan";
import { backupNotes, backupRoom, backupTools } from "../plan/refusals/backupRoom";
import { type Phase, refusalsWithDowntime } from "../plan/refusals/downtime";
import { hopSpec, type UpgradeSpec } from "../plan/spec";
import { takesPart } from "../plan/election";
import { type NodeView, type View, viewOf } from "../plan/view";
import { type Progress, progressOf, upgradeAgain } from "../plan/progress";
import { backups } from "./backupSteps";
import { failoverOn } from "./failoverSteps";
import { reconfigureFrontend } from "./frontendSteps";
import { type HopSteps, verify } from "./hopSteps";
import { stage } from "./packageSteps";
import { canBeConfigured } from "./rolling";

/**
 * 1.x to 2.x, with full downtime (vendor's upgrade page, "Chef Backend 1.x to 2.x Upgrade").
 *
 *   1. the package onto every node; backups of a follower and of a frontend's configuration
 *   2. the leader found, and written into the run record
 *   3. the package installed on all nodes, followers first, the leader last, the cluster observed after each
 *   4. down-for-upgrade on the leader, then on the followers
 *   5. upgrade started on the followers, then on the leader ("initiate", says the vendor): the next one when the one
 *      before has ended, or runs and has its etcd and leaderl up, or after a moment; then all exit statuses collected, and
 *      whoever's did not end with 0 is upgraded once more when somebody leads                   (POINT OF NO RETURN)
 *   6. a leader and full health verified
 *   7. chef-server-ctl reconfigure on every frontend, one by one, each verified by its /_status
 *
 * Guarantees:
 * - Nothing is installed before the whole preflight has passed, and every backup asked for has been made.
 * - Until the first `upgrade` begins, a failure starts what is down again. From then on there is only the way
 *   forward: the record says which nodes are down and who led, and the next run goes on from there.
 * - Who leads when the cluster comes up again is the cluster's business: nobody is ever promoted by us.
 */
export function planDowntime(spec: UpgradeSpec, hop: Hop, state: ClusterState): HopSteps {
  const own = hopSpec(spec, hop, state);
  const view = viewOf(own, state);
  const progress = progressOf(view.record, hop);
  const order = downtimeOrder(view);
  const left = order.filter((node) => !isUpgraded(node, progress));
  const phase = phaseOf(progress);
  const steps = [
    ...stage(own, left),
    ...(phase === "before" ? backups(own, view, hop, progress) : []),
    ...left.filter((node) => node.needsInstall).map((node) => installStep(own, node, progress)),
    ...downs(own, left, phase, progress),
    ...upgrades(own, left),
    ...(left.length > 0 ? [awaitUpgrades(own, left)] : []),
    ...(progress.done("cluster/healthy") && left.length === 0 ? [] : [healthy(own)]),
    ...(spec.takeOverFailover && failoverReading(state) === "off"
      ? [failoverOn(own, "another operator's block was taken over")]
      : []),
    ...state.frontends
      .filter((node) => !progress.done(`${node.name}/reconfigure`))
      .map((node) => reconfigureFrontend(own, node)),
    verify(own),
  ];
  return {
    steps,
    nodes: describeNodes(own, view, left, deeds),
    refusals: [
      ...refusalsWithDowntime(own, view, phase, left.length > 0, (name) => progress.begun(`${name}/install`)),
      ...backupRoom(view, steps),
      ...backupTools(view, steps),
    ],
    warnings: [
      ...(phase === "installing" && spec.backup
        ? ["The backup was made before the first installation: what was written since then is not in it"]
        : []),
      ...backupNotes(view, steps),
    ],
    owed: debts(view, phase, left),
  };
}

/** Followers first, the one that led when the hop began last. */
function downtimeOrder(view: View): NodeView[] {
  const led = leaderBefore(view);
  return [...view.nodes].sort((a, b) => Number(a.name === led) - Number(b.name === led));
}

/** Who leads, or led when the first backend was taken down: from then on only the record knows. */
function leaderBefore(view: View): string | null {
  const { record } = view;
  const down = record !== null && !record.finished && record.begun.some((id) => id.endsWith("/down"));
  return down ? record.leaderAtStart : (view.leader?.name ?? record?.leaderAtStart ?? null);
}

/**
 * Only a job of ours that ended with 0 tells that `upgrade` has done its work: services that run may be unready. One
 * of another day does not: the node may have been set up anew since. Neither does one that has left services down,
 * until the whole cluster was seen to be well after it.
 */
function isUpgraded({ name, needsInstall, state }: NodeView, progress: Progress): boolean {
  const begun = progress.begun(`${name}/start-upgrade`) && !progress.begun(upgradeAgain(name));
  const runs = progress.done("cluster/healthy") || !isIdle(state);
  return begun && !needsInstall && state.upgradedTo === state.package.version && runs;
}

/** No service runs there. */
export function isIdle({ unreachable, services }: NodeState): boolean {
  return unreachable === null && services.length > 0 && services.every((service) => !service.up);
}

function phaseOf(progress: Progress): Phase {
  if (progress.anyBegun("start-upgrade")) return "forward";
  if (progress.anyBegun("down")) return "down";
  return progress.anyBegun("install") ? "installing" : "before";
}

function installStep(spec: UpgradeSpec, node: NodeView, progress: Progress): Step {
  const ours = progress.begun(`${node.name}/install`);
  const configure = ours && canBeConfigured(spec, node);
  return {
    id: `${node.name}/install`,
    kind: "install-only",
    node: node.name,
    title: configure ? "finishing the interrupted installation" : `installing chef-backend ${spec.version}`,
    reason: "the package must be on all nodes before the first one is taken down",
    commands: configure ? finishInstall() : installCommands(spec, node.state),
    guard: "the preflight passes; whatever does not run was stopped by its own installation",
    verify: `chef-backend ${spec.version} is installed`,
    timeout: spec.timeouts.install,
  };
}

/**
 * The leader first: then no follower has anybody to fall behind. A node that was booted meanwhile goes down again, as
 * long as its own `upgrade` has not begun.
 */
function downs(spec: UpgradeSpec, left: readonly NodeView[], phase: Phase, progress: Progress): Step[] {
  const down = ({ name, state }: NodeView) =>
    (phase === "forward" || progress.done(`${name}/down`)) && !state.services.some((each) => each.up);
  const leader = left.at(-1)?.name;
  return [...left]
    .reverse()
    .filter((node) => !progress.begun(`${node.name}/start-upgrade`) && !down(node))
    .map(({ name }) => ({
      id: `${name}/down`,
      kind: "down" as const,
      node: name,
      title: "taking it down for the upgrade",
      reason: name === leader ? "the leader goes first" : "1.x and 2.x cannot run side by side",
      commands: [ctl.downForUpgrade()],
      guard: "the package is installed on all nodes",
      verify: "the command ends with 0, and no service runs",
      timeout: spec.timeouts.services,
    }));
}

function upgrades(spec: UpgradeSpec, left: readonly NodeView[]): Step[] {
  return left
    .filter(({ state }) => !waitsForTheOthers(state))
    .map(({ name }) => ({
      id: `${name}/start-upgrade`,
      kind: "start-upgrade" as const,
      node: name,
      title: "starting the upgrade",
      reason: name === left.at(-1)!.name ? "the leader comes last" : "followers come first",
      commands: [ctl.upgrade()],
      guard: "every backend is down, or upgraded",
      verify: `it has ended, or its etcd and leaderl run, or ${patience} s have passed`,
      timeout: spec.timeouts.upgrade,
    }));
}

/** A job of an `upgrade` that has not ended, whichever run has started it: it is attached to. */
export function runningUpgrade(state: NodeState): JobSummary | undefined {
  return state.jobs.find((job) => job.state === "running" && job.id.endsWith("start-upgrade"));
}

/**
 * Seconds after which the next `upgrade` is started, whatever the one before has started by then. All of them together need
 * each other: for a quorum of etcd, and for a leader before PostgreSQL starts, or before `upgrade` ends.
 */
export const patience = 30;

/** Its `upgrade` runs, and has got so far that only the others can give it more. */
export function waitsForTheOthers(state: NodeState): boolean {
  return runningUpgrade(state) !== undefined && takesPart(state);
}

function awaitUpgrades(spec: UpgradeSpec, left: readonly NodeView[]): Step {
  return {
    id: "cluster/await-upgrades",
    kind: "await-upgrades",
    node: null,
    title: `waiting for the upgrades of ${left.map((node) => node.name).join(", ")}`,
    reason: "each may wait for the others",
    commands: [ctl.upgrade()],
    guard: "all of them are started",
    verify: "every `upgrade` ends with 0",
    timeout: spec.timeouts.upgrade,
  };
}

function healthy(spec: UpgradeSpec): Step {
  return {
    id: "cluster/healthy",
    kind: "healthy",
    node: null,
    title: "waiting for a leader and full health",
    reason: "every backend was down",
    commands: [],
    guard: "every `upgrade` ended with 0",
    verify: "one leader, green, n/n, in two readings after every backend's restart",
    timeout: spec.timeouts.rejoin,
  };
}

function deeds(node: NodeView): string[] {
  return [...(node.needsInstall ? ["install"] : []), "down-for-upgrade (downtime)", "upgrade", "verify"];
}

function debts(view: View, phase: Phase, left: readonly NodeView[]): string[] {
  if (phase === "before") return [];
  const names = left.map((node) => node.name).join(", ") || "no backend";
  const led = view.record?.leaderAtStart || "nobody";
  if (phase === "installing") return [`the package is being installed on all backends: ${names} left`];
  if (phase === "down") return [`the backends are being taken down for the upgrade; ${led} led`];
  return [`the backends are down for the upgrade, past the point of no return: ${names} left; ${led} led`];
}
