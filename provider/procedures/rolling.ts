import * as ctl from "../commands/chefBackendCtl";
import { finishInstall } from "../commands/install";
import type { Step } from "../plan/plan";
import { describeNodes } from "../plan/describe";
import { installCommands } from "../plan/installTool";
import { refusals } from "../plan/preflight";
import { upgradeAgain } from "../plan/progress";
import type { UpgradeSpec } from "../plan/spec";
import { leadsTooEarly, type NodeView, type View, viewOf } from "../plan/view";
import { failoverReading } from "../cluster/failover";
import { onByGuard } from "../cluster/record";
import type { ClusterState } from "../cluster/state";
import { together } from "../values/together";
import { satisfies } from "../versions/version";
import { failoverOff, failoverOn } from "./failoverSteps";
import { type HopSteps, verify } from "./hopSteps";
import { stage } from "./packageSteps";
import { handsOver, leads, upgradeStopped } from "./stoppedLeader";

/**
 * Update within a major version, while the cluster serves (vendor's upgrade page, "Update Chef Backend").
 *
 *   1. the package onto every node that needs it             (stage)
 *   2. failover off                                          (failover-off)
 *   3. each follower, one after another: install, upgrade, rejoin verified
 *   4. the leader: install, failover on, upgrade --failover, rejoin verified, failover off; where its own install stopped
 *      its services: install, failover on, another leader awaited, upgrade, rejoin verified, failover off
 *   5. whoever still runs the old build after that, once more: upgrade, rejoin verified. Known of the former leader, once
 *      it no longer leads and Elasticsearch is green (chef-server#3214); `upgrade` that ends with 0 proves nothing
 *   6. failover on, cluster verified
 *
 * Guarantees:
 * - It is planned anew from a fresh observation before every step, so a role is never assumed: a follower that
 *   became leader waits for its turn as leader, a leader that lost its role is upgraded as the follower it is.
 * - A node is begun only while the whole cluster is healthy. The one exception is the node that our own
 *   unfinished step is on: it is finished first, or last like any leader where it has become the leader.
 * - Failover is off while a follower is worked on, unless the leader is lost meanwhile (`execute/leaderless.ts`).
 * - What is done is not done again: a node at the version is left alone, an interrupted one continues.
 */
export function planRolling(spec: UpgradeSpec, state: ClusterState): HopSteps {
  const view = viewOf(spec, state);
  const order = upgradeOrder(view);
  return {
    steps: [...updates(spec, view, order), ...closing(spec, view, order)],
    nodes: describeNodes(spec, view, order),
    refusals: refusals(spec, view),
    warnings: warnings(view),
    owed: debts(view),
  };
}

/** The procedure without its end: whoever calls it decides when failover is on again. */
export function updates(spec: UpgradeSpec, view: View, order: readonly NodeView[]): Step[] {
  return [...stage(spec, order), ...upgrades(spec, view, order)];
}

/** The unfinished node first, then followers (the search master among them last), the leader last. */
export function upgradeOrder(view: View): NodeView[] {
  const early = leadsTooEarly(view);
  const rank = (node: NodeView) =>
    node.inside && !early ? 0 : node.role === "leader" ? 3 : node.searchMaster ? 2 : 1;
  return view.nodes.filter((node) => node.needsUpgrade || node.inside).sort((a, b) => rank(a) - rank(b));
}

function upgrades(spec: UpgradeSpec, view: View, order: readonly NodeView[]): Step[] {
  const [first] = order;
  const tookItDown = first !== undefined && first.inside && first.role !== "leader";
  const leaderOnly = first !== undefined && leads(first, view) && (order.length === 1 || tookItDown);
  const already = view.record !== null && !view.record.finished && view.record.failover;
  const reading = failoverReading(view.state);
  const isOff = isBlocked(view);
  // Once the leader's turn has come failover is on, or about to be: then it stays on.
  const installed = leaderOnly && !first.needsInstall && first.needsUpgrade;
  const leaderTurn = installed && already === "on-for-leader" && reading !== "off";
  const leaderNext = installed && already === "off";
  const block =
    order.some((node) => node.needsUpgrade) && !isOff && !leaderTurn && !leaderNext
      ? [failoverOff(spec, "no failover onto a node that is being updated")]
      : [];
  const offAgain = (node: NodeView) =>
    tookItDown && node === first && node.needsUpgrade && leads(node, view) && order.length > 1
      ? [failoverOff(spec, "somebody leads again, and others are still to be updated")]
      : [];
  return [
    ...block,
    ...order.flatMap((node) => [
      ...nodeSteps(spec, view, node, leaderTurn && node === first),
      ...offAgain(node),
    ]),
  ];
}

/** Failover is certainly off, and by us. */
export function isBlocked(view: View): boolean {
  const reading = failoverReading(view.state);
  const ours = view.record !== null && !view.record.finished && view.record.failover === "off";
  return ours && (reading === "off" || (reading === "unknown" && isOurs(view)));
}

/**
 * Whether the run that holds the lock has written the record. "off" is written before failover is turned off: only
 * the run that went on after that knows that it was done; the record of another run may be all that it did.
 */
function isOurs(view: View): boolean {
  return view.state.nodes.some((node) => node.lock !== null && node.lock.run === view.record?.run);
}

function nodeSteps(spec: UpgradeSpec, view: View, node: NodeView, failoverIsOn: boolean): Step[] {
  const leader = leads(node, view);
  const what = leader ? "leader" : "follower";
  const base = { node: node.name, reason: `${node.name} is the ${what}`, timeout: spec.timeouts.install };
  const steps: Step[] = [];
  if (node.needsInstall && node.inside && canBeConfigured(spec, node))
    steps.push({
      ...base,
      id: `${node.name}/finish-install`,
      kind: "finish-install",
      title: "finishing the interrupted installation",
      commands: finishInstall(),
      guard: "the interrupted installation is ours",
      verify: "the package is installed",
    });
  else if (node.needsInstall)
    steps.push({
      ...base,
      id: `${node.name}/install`,
      kind: "install",
      title: `installing chef-backend ${spec.version}`,
      commands: installCommands(spec, node.state),
      guard: node.inside
        ? "our unfinished step is on it"
        : `${node.name} is still the ${what}; the cluster is healthy`,
      verify: `chef-backend ${spec.version} is installed`,
    });
  if (node.needsUpgrade)
    steps.push(...(leader ? leaderUpgrade(spec, view, node, failoverIsOn) : [upgradeStep(spec, node)]));
  steps.push({
    ...base,
    id: `${node.name}/rejoin`,
    kind: "rejoin",
    title: "waiting for rejoin",
    commands: [],
    guard: "`upgrade` ended with 0",
    verify: `${spec.search === "mixed" ? settled : "green"}, n/n, nobody waiting, offline or syncing, in two readings after its services' restart`,
    timeout: spec.timeouts.rejoin,
  });
  return steps;
}

/** The rule, its source, and what proves it: see `unsettled` in `chef/cluster/searchHealth.ts`. */
const settled =
  "green; or yellow of Elasticsearch alone, where its own `_cluster/health` shows n/n nodes, nothing initializing or relocating, and every unassigned shard a replica: while 5.6 and 6.8 are mixed none is placed on an older node (elastic.co, rolling upgrades; elastic/docs-content#1409), and green is demanded at the end";

/** What was unpacked is the right version: else only installing (again) mends it. */
export function canBeConfigured(spec: UpgradeSpec, node: NodeView): boolean {
  const { state, version, reinstall } = node.state.package;
  return state === "interrupted" && !reinstall && version !== null && satisfies(version, spec.version);
}

function upgradeStep(spec: UpgradeSpec, node: NodeView): Step {
  const { name, again } = node;
  return {
    ...(again
      ? { id: upgradeAgain(name), kind: "upgrade-again" }
      : { id: `${name}/upgrade`, kind: "upgrade" }),
    node: name,
    title: again ? "upgrading once more" : "upgrading",
    reason: again
      ? `\`upgrade\` ended with 0, but ${name} ${node.state.running.kind === "older" ? "still runs the old build" : "does not run the new build"}`
      : `${name} is the follower`,
    commands: [ctl.upgrade()],
    guard: `${name} is not the leader`,
    verify: again ? "`upgrade` ends with 0, and its services run the new build" : "`upgrade` ends with 0",
    timeout: spec.timeouts.upgrade,
  };
}

function leaderUpgrade(spec: UpgradeSpec, view: View, node: NodeView, failoverIsOn: boolean): Step[] {
  const on: Step = {
    ...failoverOn(spec, "the leader hands over by failover"),
    id: "cluster/failover-on-for-leader",
    kind: "failover-on-for-leader",
  };
  const withFailover: Step = {
    ...upgradeStep(spec, node),
    id: `${node.name}/upgrade-with-failover`,
    kind: "upgrade-with-failover",
    title: "failing over, then upgrading",
    reason: `${node.name} is the leader, and everyone else is done`,
    commands: [ctl.upgradeWithFailover()],
    guard: `${node.name} is still the leader; failover is on`,
  };
  return [
    ...(failoverIsOn ? [] : [on]),
    ...(handsOver(node) ? [withFailover] : upgradeStopped(spec, view, node, upgradeStep(spec, node))),
  ];
}

/** After the last node: the procedure's own off and on where the leader went by failover, then a last look. */
function closing(spec: UpgradeSpec, view: View, order: readonly NodeView[]): Step[] {
  const open = view.record !== null && !view.record.finished;
  if (order.length === 0 && !open) return [];
  const withLeader =
    order.some((node) => node.needsUpgrade && leads(node, view)) ||
    (open && view.record?.failover === "on-for-leader" && !order.some((node) => node.needsUpgrade));
  const owesOn =
    order.length > 0 ||
    view.record?.failover !== "on" ||
    onByGuard(view.record) ||
    failoverReading(view.state) === "off";
  return [
    ...(withLeader ? [failoverOff(spec, "the procedure blocks it again after the leader's failover")] : []),
    ...(owesOn ? [failoverOn(spec, "whoever turns it off turns it on again")] : []),
    verify(spec),
  ];
}

export function debts(view: View): string[] {
  const record = view.record;
  if (!record || record.finished) return [];
  return [
    ...(record.failover === "off" ? ["failover is off, turned off by an earlier run"] : []),
    ...view.unfinished.map(({ name }) => `${name} is between installation and verified rejoin`),
    ...(onByGuard(record)
      ? ["an earlier run was lost, and the guard of a backend has turned failover on again"]
      : []),
    ...(record.failover !== "off" && !view.inside ? ["an earlier run did not finish"] : []),
  ];
}

export function warnings(view: View): string[] {
  const unknown = view.nodes
    .filter(
      (node) =>
        node.state.unreachable === null &&
        node.state.running.kind === "unknown" &&
        !node.needsInstall &&
        !node.inside,
    )
    .map((node) => [node.name, node.state.running.because] as const);
  return together(unknown).map(
    ([names, because]) => `${names}: which build the services run is not known: ${because}`,
  );
}
