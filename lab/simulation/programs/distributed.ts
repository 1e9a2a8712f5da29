import type { Run } from "./program";

/** `green` when all are there, `yellow` while most are. */
const healthOf = (healthy: number, total: number) =>
  healthy === total ? "green" : healthy * 2 > total ? "yellow" : "red";

/** The last column of `status`: the cluster's view of a service or of the disks, as the nodes have posted it. */
export function distributed(run: Run, service: string): string {
  const { sim, backend } = run;
  if (service === "epmd") return "status: local-only";
  if (!backend.running("etcd") || !sim.cluster.quorum) return "unknown: etcd is not available";
  const total = sim.members.length;
  const posts = sim.members.map((each) => sim.board.posted(each)).filter((post) => post !== undefined);
  const count = (test: (post: (typeof posts)[number]) => boolean) => posts.filter(test).length;
  const health = (healthy: number) =>
    `health: ${healthOf(healthy, total)}; healthy nodes: ${healthy}/${total}`;
  switch (service) {
    case "elasticsearch": {
      const colour = (sim.board.posted(backend) ?? posts[0])?.colour ?? "red";
      return `state: ${colour}; nodes online: ${count((post) => post.es !== "offline")}/${total}`;
    }
    case "etcd":
      return health(count((post) => post.etcd));
    case "disks":
      return health(count((post) => post.disks));
    case "leaderl": {
      const of = (role: string) => count((post) => post.role === role);
      return `leader: ${of("leader")}; waiting: ${of("waiting_for_leader")}; follower: ${of("follower")}; total: ${posts.length}`;
    }
    default: {
      // Who streams from the leader is asked of the leader itself.
      if (!sim.cluster.led) return "error: could not reach pgsql leader for replication stats";
      const of = (pg: string) => count((post) => post.pg === pg);
      const offline = total - posts.length + of("offline");
      return `leader: ${of("leader")}; offline: ${offline}; syncing: ${of("syncing")}; synced: ${of("follower")}`;
    }
  }
}
