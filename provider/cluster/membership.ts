import type { ClusterRow, ClusterState, NodeState } from "./state";

/** Each host tied to its row of `cluster-status`, or the sentences that say why that cannot be done. */
export interface Membership {
  readonly rows: ReadonlyMap<string, ClusterRow>;
  readonly problems: readonly string[];
}

/**
 * Ties hosts to rows: a host is the row whose IP the machine itself carries. What the host is called or how we
 * reach it (NAT, a name, another network) proves nothing. A node that is down is missing from the table:
 * @param mayBeMissing the node of our own unfinished step, which was tied when that step began.
 */
export function tieHosts(state: ClusterState, mayBeMissing: string | null = null): Membership {
  const rows = allRows(state);
  const tied = new Map<string, ClusterRow>();
  const problems: string[] = [];
  for (const node of state.nodes) {
    if (node.unreachable !== null) continue;
    const row = rows.find((each) => node.addresses.includes(each.ip));
    if (row) tied.set(node.name, row);
    else if (rows.length > 0 && node.name !== mayBeMissing)
      problems.push(
        `${node.name} (${node.host}) carries none of the addresses of cluster-status (${rows.map((each) => each.ip).join(", ")}): it carries ${node.addresses.join(", ") || "none"}`,
      );
  }
  for (const [name, row] of tied) {
    const twin = [...tied].find(([other, its]) => other < name && its.guid === row.guid);
    if (twin)
      problems.push(
        `${twin[0]} and ${name} are the same backend, ${row.name} (${row.ip}): one is given twice, or by the VIP`,
      );
  }
  return { rows: tied, problems: [...problems, ...state.nodes.flatMap((node) => vipProblem(node))] };
}

function vipProblem(node: NodeState): string[] {
  const vip = node.config.map((line) => /^vip\W+([0-9A-Fa-f.:]+)/.exec(line)?.[1]).find(Boolean);
  return vip === node.host
    ? [
        `${node.name} is given by ${node.host}, the cluster's VIP, which moves with the leader: give the backend's own address`,
      ]
    : [];
}

/** Every row that any backend shows, as often as it is shown. */
export function shownRows(nodes: readonly Pick<NodeState, "clusterStatus">[]): ClusterRow[] {
  return nodes.flatMap(({ clusterStatus }) => (typeof clusterStatus === "string" ? [] : clusterStatus));
}

/** The same, each GUID once; the first backend that shows it is believed. */
export function allRows(state: ClusterState): ClusterRow[] {
  const found = new Map<string, ClusterRow>();
  for (const row of shownRows(state.nodes)) if (!found.has(row.guid)) found.set(row.guid, row);
  return [...found.values()];
}

/**
 * A backend's row as the cluster's leader shows it, else as anyone does. A node's own view is asked last: a
 * node that is cut off believes old things.
 */
export function roleOf(state: ClusterState, tied: Membership, name: string): string | null {
  const guid = tied.rows.get(name)?.guid;
  if (guid === undefined) return null;
  const views = [...state.nodes].sort((a, b) => rank(a, name) - rank(b, name));
  for (const view of views) {
    if (typeof view.clusterStatus === "string") continue;
    const row = view.clusterStatus.find((each) => each.guid === guid);
    if (row) return row.role;
  }
  return null;
}

function rank(node: NodeState, name: string): number {
  if (node.name === name) return 2;
  const leads =
    typeof node.clusterStatus !== "string" &&
    node.clusterStatus.some((row) => row.role === "leader" && node.addresses.includes(row.ip));
  return leads ? 0 : 1;
}
