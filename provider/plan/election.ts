import { shownRows } from "../cluster/membership";
import type { NodeState } from "../cluster/state";
import type { NodeView, View } from "./view";

/** Its etcd and leaderl run: it is counted for a quorum, and can vote for a leader. */
export function takesPart({ services }: NodeState): boolean {
  return ["etcd", "leaderl"].every((name) => services.some(({ service, up }) => service === name && up));
}

/**
 * Nobody leads, by anybody's view, and the backends that are left could elect a leader if failover were on.
 *
 * How one is elected is leaderl's business: the leader holds a lease in etcd, and when that has run out a follower with all
 * that the leader had may take it ("leader election requires a quorum of two nodes": vendor's page on failure recovery; one
 * whose sync failed is not eligible: `partially_synced` in the reference). So a majority must take part, and in it a follower
 * on which no step of ours is open, with everything running and nothing left to sync. Were it not for our block it would lead.
 *
 * A backend with our unfinished step may be elected in its place. That is as safe as the procedure itself, in which a leader of
 * the new build has followers of the old one for a while: a rolling hop joins only builds that replicate from each other. It
 * must not be half a thing, though: while its package is not whole, or a command of ours works on it, it is waited for; but
 * for an `upgrade` that has started the new build everywhere and can only be waiting for a leader. One that cannot be reached may
 * be half a thing, and elected all the same by those that reach it; unless it is the leader that was lost itself.
 */
export function couldElect({ nodes, unfinished, tied, record }: View): boolean {
  const rows = shownRows(nodes.map(({ state }) => state));
  if (rows.some(({ role }) => role === "leader")) return false;
  const unknown = unfinished.filter(({ state }) => state.unreachable !== null);
  if (unknown.some(({ name }) => name !== record?.leaderAtStart)) return false;
  const voters = nodes.filter(
    ({ name, state }) => typeof state.clusterStatus !== "string" && tied.rows.has(name) && takesPart(state),
  );
  const follows = (node: NodeView) =>
    isWhole(node.state) &&
    ["follower", "waiting_for_leader"].includes(node.role) &&
    tied.rows.get(node.name)?.pg === "follower";
  return (
    voters.length * 2 > nodes.length &&
    voters.every(({ state }) => isSettled(state)) &&
    voters.some((node) => !unfinished.includes(node) && follows(node))
  );
}

const isWhole = ({ services }: NodeState) => services.every(({ up }) => up);

/** Nothing is half done there: see `couldElect`. */
function isSettled(state: NodeState): boolean {
  if (state.package.state !== "installed") return false;
  const atWork = state.jobs.filter((job) => job.state === "running");
  const waits = isWhole(state) && state.running.kind !== "older";
  return atWork.every(({ id }) => waits && /-upgrade(-again)?$/.test(id));
}
