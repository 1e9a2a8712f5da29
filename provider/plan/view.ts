import { failoverReading, failoverState, type Failover } from "../cluster/failover";
import { healthProblemsWithout, type SearchHealth } from "../cluster/health";
import { type Membership, roleOf, tieHosts } from "../cluster/membership";
import { newestRecord, type RunRecord } from "../cluster/record";
import type { ClusterState, MachineState, NodeState, PackageFile } from "../cluster/state";
import { satisfies } from "../versions/version";
import { upgradeAgain } from "./progress";
import type { UpgradeSpec } from "./spec";

/** A node with what the planner asks of it. */
export interface NodeView {
  readonly state: NodeState;
  readonly name: string;
  /** Role by the leader's view; `missing` when no backend lists it. */
  readonly role: string;
  readonly searchMaster: boolean;
  readonly needsInstall: boolean;
  readonly needsUpgrade: boolean;
  /** `upgrade` has ended with 0, yet its services run the old build, or not at all: it is run once more. */
  readonly again: boolean;
  /** Our own unfinished step is on it: between the start of its install and its verified rejoin. */
  readonly inside: boolean;
}

/** An observation with everything derived from it, once. */
export interface View {
  readonly state: ClusterState;
  readonly tied: Membership;
  readonly record: RunRecord | null;
  readonly failover: Failover;
  readonly nodes: readonly NodeView[];
  readonly inside: NodeView | null;
  /**
   * Every backend with an unfinished step of ours, `inside` first: more than one where two runs were lost, or a machine
   * was set back to a snapshot. What they run is judged as for `inside`.
   */
  readonly unfinished: readonly NodeView[];
  /** The one leader; null when there is none or more than one. */
  readonly leader: NodeView | null;
}

/** Derives what planning needs. Pure. */
export function viewOf(spec: UpgradeSpec, state: ClusterState): View {
  const record = newestRecord(state.nodes.map((node) => node.record));
  const claimed = findClaimed(record, spec, state);
  const insideName = pickInside(claimed, spec, state);
  const tied = tieHosts(state, claimed);
  const nodes = state.nodes.map((node): NodeView => {
    const inside = node.name === insideName;
    const needsInstall = node.unreachable === null && !installedRight(node, spec.version);
    const isClaimed = claimed.includes(node.name);
    const again = !needsInstall && didNothing(node, isClaimed, record);
    return {
      state: node,
      name: node.name,
      role: roleOf(state, tied, node.name) ?? "missing",
      searchMaster: tied.rows.get(node.name)?.es === "master",
      needsInstall,
      needsUpgrade: needsInstall || again || !upgraded(node, isClaimed),
      again,
      inside,
    };
  });
  const leaders = nodes.filter((node) => node.role === "leader");
  const inside = nodes.find((node) => node.inside) ?? null;
  const others = nodes.filter((node) => claimed.includes(node.name) && !node.inside);
  return {
    ...{ state, tied, record, failover: failoverState(state), nodes, inside },
    unfinished: inside ? [inside, ...others] : others,
    leader: leaders.length === 1 ? leaders[0]! : null,
  };
}

/** What a reading found of the package of a version. */
export function packageFileOf(node: MachineState, version: string): PackageFile | null {
  const { packageFiles } = node;
  const key = Object.keys(packageFiles).find((each) => each === version || satisfies(each, version));
  return key === undefined ? null : packageFiles[key]!;
}

export function installedRight(node: MachineState, wanted: string): boolean {
  return node.package.state === "installed" && satisfies(node.package.version!, wanted);
}

/**
 * Our unfinished step is on the leader while others are not done: another run's version, or the leadership moved
 * onto it. It would be upgraded before its followers.
 */
export function leadsTooEarly(view: View): boolean {
  const { inside } = view;
  return (
    inside?.role === "leader" && !cannotLead(inside) && inside.needsUpgrade && othersNeed(view).length > 0
  );
}

/**
 * What would make it lead does not run there, by its own word: what others still show of it is from before. So it is after
 * an installation whose scripts have stopped its services.
 */
export function cannotLead({ state: { services } }: NodeView): boolean {
  return services.some(({ service, up }) => ["leaderl", "postgresql"].includes(service) && !up);
}

/** Failover is on for the leader, whose own installation has stopped it: one of the others takes its place. */
export function isDeposed({ record, inside, state }: View): boolean {
  if (record?.failover !== "on-for-leader" || inside === null) return false;
  if (failoverReading(state) === "off") return false;
  return inside.needsUpgrade && !inside.needsInstall && cannotLead(inside);
}

/**
 * What keeps a stopped leader from its `upgrade`; null once another backend leads, and the third is well with it.
 */
export function stillAwaited(view: View, node: NodeView, search?: SearchHealth): string | null {
  const { leader, state } = view;
  if (!leader || leader.name === node.name) return `no other backend leads yet: ${whyLeaderless(view, node)}`;
  const problems = healthProblemsWithout(state, node.name, search);
  return problems.length === 0 ? null : `${leader.name} leads now; ${problems.join("; ")}`;
}

/** Why nobody leads while our unfinished step is on a backend. */
export function whyLeaderless({ record }: Pick<View, "record">, node: NodeView): string {
  return record?.leaderAtStart === node.name && cannotLead(node)
    ? `${node.name} led, and its own installation stopped its services`
    : `${node.name} is between installation and rejoin`;
}

/** The backends besides the unfinished one that are not at the version. */
export function othersNeed(view: View): NodeView[] {
  return view.nodes.filter((node) => !node.inside && node.needsUpgrade);
}

/**
 * Its services do not run while our own step on it is open, or still run the old build once that is over, when who leads is
 * certain: what that `upgrade` was to bring about is still owed.
 */
function didNothing(
  { name, upgradedTo, package: pkg, running, services, searchVersion }: NodeState,
  isClaimed: boolean,
  record: RunRecord | null,
): boolean {
  if (upgradedTo !== pkg.version) return false;
  if (!isClaimed) return running.kind === "older";
  const down = services.filter(({ up }) => !up);
  // One that is just starting is waited for; what did not come in all the time for the rejoin, or cannot, is started anew.
  const tooLate = !!record?.begun.includes(upgradeAgain(name));
  return (
    (down.length > 0 && (down.length === services.length || tooLate)) || (tooLate && searchVersion === null)
  );
}

/**
 * Inside our own step only a job record of ours counts, since a maintainer script may have restarted every
 * service. Elsewhere a node is upgraded unless it certainly is not: `unknown` never causes an upgrade.
 */
function upgraded(node: NodeState, inside: boolean): boolean {
  return inside ? node.upgradedTo === node.package.version : node.running.kind !== "older";
}

/**
 * The backends on which a step of ours is open: by the record that counts, and by what each one's own copy says of
 * itself. A copy that could not be written to may be old: who serves at the version is done, whatever it says.
 */
function findClaimed(record: RunRecord | null, spec: UpgradeSpec, state: ClusterState): string[] {
  const tied = tieHosts(state);
  const inside = state.nodes.filter(({ name }) => name === record?.inside);
  const others = state.nodes
    .filter(({ name, claim }) => {
      // A copy that was not reached when its run ended well is only old.
      const ended = record?.finished && claim?.run === record.run;
      const ofItself = !ended && claim?.inside === name;
      return ofItself || record?.unfinished?.includes(name);
    })
    .filter((node) => {
      const serves = ["leader", "follower"].includes(roleOf(state, tied, node.name) ?? "");
      return !(serves && installedRight(node, spec.version) && upgraded(node, true));
    });
  return [...new Set([...inside, ...others].map(({ name }) => name))];
}

/** The one that is finished first: of several the one without which the others are healthy. */
function pickInside(claimed: readonly string[], spec: UpgradeSpec, state: ClusterState): string | null {
  const alone = (name: string) => healthProblemsWithout(state, name, spec.search).length === 0;
  return (claimed.length > 1 ? claimed.find(alone) : undefined) ?? claimed[0] ?? null;
}
