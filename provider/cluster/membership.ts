import { canonicalAddress } from "../observe/system";
import { isSameMachine } from "../chef/machine/sameMachine";
import type { ClusterRow, ClusterState, NodeState } from "./state";

/** Each host tied to its row of `cluster-status`, or what says why that cannot be done. */
export interface Membership {
  readonly rows: ReadonlyMap<string, ClusterRow>;
  readonly problems: readonly MembershipProblem[];
}

/** Why a host is not simply one backend of this cluster. */
export interface MembershipProblem {
  /** `stranger`: no row is its own; `twin`: two hosts have one row, or reach one machine; `vip`: given by the address that moves. */
  readonly kind: "stranger" | "twin" | "vip";
  readonly nodes: readonly string[];
  readonly seen: string;
}

/**
 * Ties hosts to rows: a host is the row whose IP the machine itself carries. What the host is called or how we
 * reach it (NAT, a name, another network) proves nothing. A node that is down is missing from the table:
 * @param mayBeMissing those with an unfinished step of ours, which were tied when that step began.
 */
export function tieHosts(state: ClusterState, mayBeMissing: readonly string[] = []): Membership {
  const rows = allRows(state);
  const tied = new Map<string, ClusterRow>();
  const problems: MembershipProblem[] = [];
  for (const node of state.nodes) {
    if (node.unreachable !== null) continue;
    const row = rows.find((each) => node.addresses.includes(each.ip));
    if (row) tied.set(node.name, row);
    else if (rows.length > 0 && !mayBeMissing.includes(node.name))
      problems.push({
        kind: "stranger",
        nodes: [node.name],
        seen: `${node.host} has the addresses ${node.addresses.join(", ") || "none"}; cluster-status lists ${rows.map((each) => each.ip).join(", ")}`,
      });
  }
  for (const [at, node] of state.nodes.entries()) {
    const row = tied.get(node.name);
    const twin = state.nodes.slice(0, at).find((other) => {
      const its = tied.get(other.name);
      return isSameMachine(node, other) || (row !== undefined && its?.guid === row.guid);
    });
    if (twin)
      problems.push({
        kind: "twin",
        nodes: [twin.name, node.name],
        seen: row
          ? `both are ${row.name} (${row.ip}) in cluster-status`
          : `both reach one machine: ${node.machineId}`,
      });
  }
  return {
    rows: tied,
    problems: [...problems, ...state.nodes.flatMap((node) => vipProblem(node, tied.get(node.name)))],
  };
}

/**
 * Given by the address that moves with the leader, or by a name that stands for it. A `vip` in `chef-backend.rb` alone
 * tells no VIP: `join-cluster` writes the backend's own address there (ctl_chef_backend, the vendor's sample). It is one
 * where it is neither `publish_address` nor the address of the backend's own row.
 */
function vipProblem(node: NodeState, row: ClusterRow | undefined): MembershipProblem[] {
  const { name, host, config, reachedAt } = node;
  const vip = statedAddress(config, "vip");
  const given = [canonicalAddress(host), ...(reachedAt === null ? [] : [canonicalAddress(reachedAt)])];
  // Without either of them a VIP cannot be told from the backend's own address.
  if (ownAddresses(node, row).length === 0) return [];
  const moving = given.find((address) => address === vip && !ownAddresses(node, row).includes(address));
  if (moving === undefined) return [];
  const at = moving === given[0] ? "" : `, reached at ${moving}`;
  const seen = `\`host\` is ${host}${at}, the cluster's VIP, which moves with the leader`;
  return [{ kind: "vip", nodes: [name], seen }];
}

function ownAddresses({ config }: NodeState, row: ClusterRow | undefined): string[] {
  const published = statedAddress(config, "publish_address");
  return [...(row ? [row.ip] : []), ...(published === null ? [] : [published])];
}

/** Null where there is none, or only Ruby can tell it. */
function statedAddress(config: NodeState["config"], key: "vip" | "publish_address"): string | null {
  const stated = config[key];
  return stated?.kind === "given" ? stated.value : null;
}

/**
 * Leaders that are reached beside their own address, on one interface: a VIP that stands in no configuration would look so,
 * and so does a second address of the machine's own. Nothing is refused for it: each connection shows which machine it reached.
 */
export function mayBeVip(state: ClusterState): string[] {
  const { rows } = tieHosts(state);
  return state.nodes.flatMap((node) => {
    const row = rows.get(node.name);
    const reached = node.reachedAt === null ? "" : canonicalAddress(node.reachedAt);
    const beside = node.interfaces.some((each) => row && each.includes(row.ip) && each.includes(reached));
    if (
      row?.role !== "leader" ||
      !beside ||
      reached.includes(":") ||
      ownAddresses(node, row).includes(reached)
    )
      return [];
    return [
      `${node.name} leads, and is reached at ${reached}, beside its own address ${row.ip}: if that is the cluster's VIP, set \`host\` to ${row.ip}`,
    ];
  });
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
