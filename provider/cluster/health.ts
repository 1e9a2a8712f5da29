import { unsettled } from "../chef/cluster/searchHealth";
import { short } from "../values/short";
import { compareVersions, parseVersion } from "../versions/version";
import { roleOf, tieHosts } from "./membership";
import type { ClusterRow, ClusterState, NodeState, ServiceRow } from "./state";

/**
 * How Elasticsearch is judged: not while a procedure replaces its index, which nobody searches meanwhile. While a hop mixes two
 * major releases of it, yellow is as good as green where it says itself that all is settled: see `unsettled`.
 */
export type SearchHealth = "counts" | "mixed" | "ignored";

/**
 * Why the cluster is not healthy, as sentences; none when it is. Healthy is exactly the documented shape: one
 * leader, everyone else a synced follower, nobody waiting, offline or syncing, `n/n` and green everywhere, and
 * every backend says so.
 */
export function healthProblems(state: ClusterState, search: SearchHealth = "counts"): string[] {
  return [
    ...shownBy(state.nodes, (node) => nodeProblems(node, state, null, search)),
    ...twoViews(state),
    ...notTaken(state),
  ];
}

/** A leader that frontends do not take for one: too few followers replicate from it, or its `/leader` is behind (2.2.0). */
function notTaken(state: ClusterState): string[] {
  const tied = tieHosts(state);
  return state.nodes
    .filter(({ name, taken }) => taken === false && roleOf(state, tied, name) === "leader")
    .map(({ name }) => `${name} leads, but tells frontends with 503 at /leader not to use it`);
}

/**
 * The same for the cluster without one backend, which an unfinished step of ours left out of service: the
 * others must be as healthy as they can be without it.
 */
export function healthProblemsWithout(
  state: ClusterState,
  out: string,
  search: SearchHealth = "counts",
): string[] {
  const missing = state.nodes.find((node) => node.name === out) ?? null;
  const others = state.nodes.filter((node) => node !== missing);
  return [...shownBy(others, (node) => nodeProblems(node, state, missing, search)), ...twoViews(state)];
}

/** What all show once; what only some show with their names, where it does not have them. */
function shownBy(nodes: readonly NodeState[], problemsOf: (node: NodeState) => string[]): string[] {
  const by = new Map<string, string[]>();
  for (const node of nodes)
    for (const problem of new Set(problemsOf(node))) by.set(problem, [...(by.get(problem) ?? []), node.name]);
  return [...by].map(([problem, names]) => {
    const told = names.some((name) => problem.startsWith(`${name}: `) || problem === notReachable(name));
    return told || names.length === nodes.length ? problem : `${problem} (seen on ${names.join(", ")})`;
  });
}

const notReachable = (name: string) => `${name} is not reachable`;

/** Each view may be fine by itself, taken before and after a failover: then nobody knows who leads. */
function twoViews(state: ClusterState): string[] {
  const views = state.nodes.flatMap((node) => {
    const rows = typeof node.clusterStatus === "string" ? [] : node.clusterStatus;
    const leaders = rows.filter((row) => row.role === "leader");
    return leaders.length === 1 ? [{ by: node.name, guid: leaders[0]!.guid, leader: leaders[0]!.name }] : [];
  });
  return new Set(views.map((view) => view.guid)).size > 1
    ? [
        `the backends do not agree who leads: ${views.map(({ by, leader }) => `${by} says ${leader}`).join(", ")}`,
      ]
    : [];
}

function nodeProblems(
  node: NodeState,
  state: ClusterState,
  missing: NodeState | null,
  search: SearchHealth,
): string[] {
  const size = state.nodes.length;
  const out = missing ? 1 : 0;
  if (node.unreachable !== null) return [notReachable(node.name)];
  const table =
    typeof node.clusterStatus === "string"
      ? [node.clusterStatus]
      : rowProblems(node.clusterStatus, size, missing, search);
  const judged =
    typeof node.status === "string"
      ? node.status
      : node.status.filter((row) => search !== "ignored" || row.service !== "elasticsearch");
  const services = typeof judged === "string" ? [judged] : serviceProblems(node, judged, state, out, search);
  const local =
    typeof judged === "string" ? [] : localProblems(judged).map((each) => `${node.name}: ${each}`);
  return [...table, ...local, ...services];
}

const noLeader = "the cluster has no leader";

/** Whether nobody leads, by what `healthProblems` found: a promotion may be under way. */
export function isLeaderless(problems: readonly string[]): boolean {
  return problems.some((problem) => problem.startsWith(noLeader));
}

function rowProblems(
  rows: readonly ClusterRow[],
  size: number,
  missing: NodeState | null,
  search: SearchHealth,
): string[] {
  const problems: string[] = [];
  const out = missing ? 1 : 0;
  // Only the backend that may be out may be anything: another one's trouble is not made up for by its health.
  const judged = rows.filter((row) => !missing?.addresses.includes(row.ip));
  const sick = judged.filter((row) => !["leader", "follower"].includes(row.role) || row.pg !== row.role);
  if (judged.length < size - out) problems.push(`cluster-status lists ${rows.length} of ${size} backends`);
  if (rows.length > size) problems.push(`cluster-status lists ${rows.length} backends, ${size} are given`);
  const leaders = rows.filter((row) => row.role === "leader");
  if (leaders.length === 0) problems.push(noLeader);
  if (leaders.length > 1) problems.push(`the cluster shows ${leaders.length} leaders`);
  for (const row of sick) problems.push(`${row.name} is ${row.role} (PostgreSQL ${row.pg})`);
  if (search === "ignored") return problems;
  // Counts alone do not tell whose Elasticsearch is missing: with one backend out another one's would pass.
  for (const row of judged)
    if (!["master", "not_master"].includes(row.es))
      problems.push(`Elasticsearch on ${row.name} is ${row.es}`);
  if (out === 0 && rows.filter((row) => row.es === "master").length !== 1)
    problems.push("Elasticsearch shows no single master");
  return problems;
}

function localProblems(rows: readonly ServiceRow[]): string[] {
  return rows
    .filter((row) => !isWell(row))
    .map((row) => `${row.service}: ${row.local === "" ? "no state" : short(row.local)}`);
}

/** What a backend runs, in every release; it is judged by `running` alone. */
const known = ["elasticsearch", "etcd", "leaderl", "postgresql"];
/** The disks' row since 1.4.6; its cells say OK of each path that has room (vendor's server_monitor page). */
const disks = "disks";

/** A service runs, a disk has room. One that is not known here counts only where its own state says that it is down. */
export function isWell({ service, local }: ServiceRow): boolean {
  if (known.includes(service)) return /^running\b/.test(local);
  if (service === disks) return disksAreWell(local);
  return !/^(down|finish|fail|error|stopped|not running)/i.test(local);
}

/** Each path says OK, perhaps with a figure behind it: `/var/opt/chef-backend: OK (1234 MB free)`. */
function disksAreWell(local: string): boolean {
  const paths = local.split(";").filter((path, at) => path.trim() !== "" || at === 0);
  return paths.every((path) => /^\s*(?:\/\S*:\s+)?OK(?:\s*\([^)]*\))?\s*$/i.test(path));
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

/** What each row's cluster view must say (vendor's reference, `status`); `out` is 1 while a node is out. */
const rules: Record<string, Record<string, Rule>> = {
  [disks]: { health: green, "healthy nodes": allOf },
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

/** The figures of `status` that a decision needs, by row. */
function demanded(node: NodeState, search: SearchHealth): [service: string, figures: Record<string, Rule>][] {
  const { version } = node.package;
  const build = version !== null && parseVersion(version) ? version : null;
  return Object.entries(rules).filter(
    ([service]) =>
      (service !== disks || (build !== null && compareVersions(build, "1.4.6") >= 0)) &&
      (service !== "elasticsearch" || search !== "ignored"),
  );
}

/**
 * Figures that `status` on a node does not show, and that cannot be done without: `etcd`, `"syncing" of postgresql`. Not
 * those of a row that says in their place what is wrong, as `error: could not reach pgsql leader …` does.
 */
export function missingFigures(node: NodeState, search: SearchHealth = "counts"): string[] {
  if (typeof node.status === "string") return [];
  return demanded(node, search).flatMap(([service, figures]) => {
    const row = (node.status as readonly ServiceRow[]).find((each) => each.service === service);
    if (!row) return [service];
    const missing = Object.keys(figures).filter((key) => row.distributed[key] === undefined);
    const saysInstead = missing.length === Object.keys(figures).length && row.view !== "";
    return saysInstead ? [] : missing.map((key) => `"${key}" of ${service}`);
  });
}

/** A missing figure as a problem. */
export function notShown(node: string, figure: string): string {
  return `${node}: status does not show ${figure}`;
}

function serviceProblems(
  node: NodeState,
  rows: readonly ServiceRow[],
  state: ClusterState,
  out: number,
  search: SearchHealth,
): string[] {
  const size = state.nodes.length;
  const wrong = demanded(node, search).flatMap(([service, figures]) => {
    const row = rows.find((each) => each.service === service);
    if (!row) return [];
    const shown = Object.entries(figures).filter(([key]) => row.distributed[key] !== undefined);
    if (shown.length === 0) return row.view === "" ? [] : [`${service}: ${short(row.view)}`];
    return shown.flatMap(([key, rule]) => {
      const value = row.distributed[key]!;
      if (rule(value, size, out)) return [];
      const problem = `${service} ${key}: ${short(value, 40)}`;
      if (search !== "mixed" || service !== "elasticsearch" || value !== "yellow") return [problem];
      const told = node.shards ?? state.nodes.find(({ shards }) => shards !== null)?.shards ?? null;
      const why = unsettled(told, size);
      return why === null ? [] : [`${problem} (${why})`];
    });
  });
  const missing = missingFigures(node, search).map((figure) => notShown(node.name, figure));
  return [...missing, ...wrong];
}
