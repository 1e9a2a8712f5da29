/** Whether the backends that are left could elect a leader; test/gate/guardHealth.test.ts tries the shapes of their tables. */
import { couldElect } from "../../provider/plan/election";
import { viewOf } from "../../provider/plan/view";
import { aCluster, aSpec, type ClusterBuilder } from "../support/aCluster";

/** So many backends, of which the first led; those that are left follow nobody. */
function leaderLost(size: number, change: (cluster: ClusterBuilder) => ClusterBuilder): boolean {
  const names = Array.from({ length: size }, (_each, at) => `backend-${at + 1}`);
  const cluster = aCluster().missing("backend-1");
  for (const name of names.slice(1)) cluster.follower(name);
  const spec = aSpec({ nodes: names.map((name) => ({ name, host: name })) });
  return couldElect(viewOf(spec, change(cluster).state()));
}

test.each<[string, number, boolean, (cluster: ClusterBuilder) => ClusterBuilder]>([
  ["nothing besides", 3, true, (cluster) => cluster.record()],
  ["the unfinished one is seen to be whole", 5, true, (cluster) => cluster.inside("backend-2")],
  [
    "the unfinished one is out of our reach: the others may reach it, and elect half a thing",
    5,
    false,
    (cluster) => cluster.inside("backend-2").unreachable("backend-2"),
  ],
  [
    "another unfinished one is out of our reach",
    5,
    false,
    (cluster) =>
      cluster.inside("backend-3", { unfinished: ["backend-3", "backend-2"] }).unreachable("backend-2"),
  ],
  [
    "one on which nothing is unfinished is out of our reach",
    5,
    true,
    (cluster) => cluster.inside("backend-2").unreachable("backend-3"),
  ],
  [
    "of three the unfinished one is out of our reach: one is no majority",
    3,
    false,
    (cluster) => cluster.inside("backend-2").unreachable("backend-2"),
  ],
  [
    "the unfinished one is the lost leader itself",
    3,
    true,
    (cluster) => cluster.inside("backend-1").unreachable("backend-1"),
  ],
])("the leader is lost, %s (%s backends): %s", (_what, size, could, change) => {
  expect(leaderLost(size, change)).toBe(could);
});
