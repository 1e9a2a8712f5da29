import { failoverReading, failoverState, type Failover } from "../cluster/failover";
import { healthProblemsWithout, type SearchHealth } from "../cluster/health";
import { type Membership, roleOf, tieHosts } from "../cluster/membership";
import { newestRecord, type RunRecord } from "../cluster/record";
import type { ClusterState, MachineState, NodeState, PackageFile } from "../cluster/state";
import { satisfies } from "../versions/version";
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
  /** The one leader; null when there is none or more than one. */
  readonly leader: NodeView | null;
}

/** Derives what planning needs. Pure. */
export function viewOf(spec: UpgradeSpec, state: ClusterState): View {
  const record = newestRecord(state.nodes.map((node) => node.record));
  const insideName = findInside(record, tieHosts(state), state);
  const tied = tieHosts(state, insideName);
  const nodes = state.nodes.map((node): NodeView => {
    const inside = node.name === insideName;
    const needsInstall = node.unreachable === null && !installedRight(node, spec.version);
    return {
      state: node,
      name: node.name,
      role: roleOf(state, tied, node.name) ?? "missing",
      searchMaster: tied.rows.get(node.name)?.es === "master",
      needsInstall,
      needsUpgrade: needsInstall || !upgraded(node, inside),
      inside,
    };
  });
  const leaders = nodes.filter((node) => node.role === "leader");
  return {
    state,
    tied,
    record,
    failover: failoverState(state),
    nodes,
    inside: nodes.find((node) => node.inside) ?? null,
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
 * Inside our own step only a job record of ours counts, since a maintainer script may have restarted every
 * service. Elsewhere a node is upgraded unless it certainly is not: `unknown` never causes an upgrade.
 */
function upgraded(node: NodeState, inside: boolean): boolean {
  return inside ? node.upgradedTo === node.package.version : node.running.kind !== "older";
}

function findInside(record: RunRecord | null, tied: Membership, state: ClusterState): string | null {
  if (!record || record.inside === null) return null;
  const byGuid = [...tied.rows].find(([, row]) => row.guid === record.insideGuid)?.[0];
  return byGuid ?? state.nodes.find((node) => node.name === record.inside)?.name ?? null;
}
