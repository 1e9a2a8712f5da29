import type { ClusterRow, ClusterState, NodeState, ServiceRow } from "./state";

/**
 * Why the cluster is not healthy, as sentences; none when it is. Healthy is exactly the documented shape: one
 * leader, everyone else a synced follower, nobody waiting, offline or syncing, `n/n` and green everywhere, and
 * every backend says so.
 */
export function healthProblems(state: ClusterState): string[] {
  const size = state.nodes.length;
  return unique(state.nodes.flatMap((node) => nodeProblems(node, size, 0)));
}

/**
 * The same for the cluster without one backend, which an unfinished step of ours left out of service: the
 * others must be as healthy as they can be without it.
 */
export function healthProblemsWithout(state: ClusterState, out: string): string[] {
  const others = state.nodes.filter((node) => node.name !== out);
  return unique(others.flatMap((node) => nodeProblems(node, state.nodes.length, 1)));
}

function nodeProblems(node: NodeState, size: number, out: number): string[] {
  if (node.unreachable !== null) return [`${node.name} is not reachable`];
  const table =
    typeof node.clusterStatus === "string"
      ? [node.clusterStatus]
      : rowProblems(node.clusterStatus, size, out);
  const services = typeof node.status === "string" ? [node.status] : serviceProblems(node.status, size, out);
  const local =
    typeof node.status === "string" ? [] : localProblems(node.status).map((each) => `${node.name}: ${each}`);
  return [...table, ...local, ...services];
}

function rowProblems(rows: readonly ClusterRow[], size: number, out: number): string[] {
  const problems: string[] = [];
  const healthy = rows.filter((row) => ["leader", "follower"].includes(row.role) && row.pg === row.role);
  if (rows.length < size - out) problems.push(`cluster-status lists ${rows.length} of ${size} backends`);
  const leaders = rows.filter((row) => row.role === "leader");
  if (leaders.length === 0) problems.push("the cluster has no leader");
  if (leaders.length > 1) problems.push(`the cluster shows ${leaders.length} leaders`);
  if (healthy.length < size - out)
    for (const row of rows.filter((each) => !healthy.includes(each)))
      problems.push(`${row.name} is ${row.role} (PostgreSQL ${row.pg})`);
  if (out === 0 && rows.filter((row) => row.es === "master").length !== 1)
    problems.push("Elasticsearch shows no single master");
  return problems;
}

function localProblems(rows: readonly ServiceRow[]): string[] {
  return rows
    .filter((row) => !row.local.startsWith("running"))
    .map((row) => `${row.service} is ${row.local}`);
}

type Rule = (value: string, size: number, out: number) => boolean;
const exactly =
  (count: (size: number, out: number) => number): Rule =>
  (value, size, out) =>
    Number(value) === count(size, out);
const atLeast =
  (count: (size: number, out: number) => number): Rule =>
  (value, size, out) =>
    Number(value) >= count(size, out) && (out > 0 || Number(value) === count(size, out));
const noneOrOut: Rule = (value, _size, out) => /^\d+$/.test(value) && Number(value) <= out;
const allOf: Rule = (value, size, out) => {
  const [part, whole] = value.split("/").map(Number);
  return whole === size && part! >= size - out && part! <= size;
};
/** With one backend out Elasticsearch is yellow and etcd may be: replicas are missing, no data is. */
const green: Rule = (value, _size, out) => value === "green" || (out > 0 && value === "yellow");

/** What each service's cluster view must say (vendor's reference, `status`); `out` is 1 while a node is out. */
const rules: Record<string, Record<string, Rule>> = {
  elasticsearch: { state: green, "nodes online": allOf },
  etcd: { health: green, "healthy nodes": allOf },
  leaderl: {
    leader: exactly(() => 1),
    waiting: noneOrOut,
    follower: atLeast((size, out) => size - 1 - out),
    total: atLeast((size, out) => size - out),
  },
  postgresql: {
    leader: exactly(() => 1),
    offline: noneOrOut,
    syncing: noneOrOut,
    synced: atLeast((size, out) => size - 1 - out),
  },
};

function serviceProblems(rows: readonly ServiceRow[], size: number, out: number): string[] {
  const problems: string[] = [];
  for (const [service, wanted] of Object.entries(rules)) {
    const row = rows.find((each) => each.service === service);
    if (!row) {
      problems.push(`status does not list ${service}`);
      continue;
    }
    for (const [key, rule] of Object.entries(wanted)) {
      const value = row.distributed[key];
      if (value === undefined) problems.push(`${service} does not say "${key}"`);
      else if (!rule(value, size, out)) problems.push(`${service} ${key}: ${value}`);
    }
  }
  return problems;
}

function unique(list: string[]): string[] {
  return [...new Set(list)];
}
