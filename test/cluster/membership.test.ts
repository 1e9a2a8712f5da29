import { allRows, roleOf, tieHosts } from "../../provider/cluster/membership";
import type { ClusterState, NodeState } from "../../provider/cluster/state";
import { aCluster, frozen, threeBackends } from "../support/aCluster";

const problems = (state: ClusterState) =>
  tieHosts(frozen(state))
    .problems.map(({ kind, nodes, seen }) => `${kind} ${nodes.join(", ")}: ${seen}`)
    .join("\n");

test("a host is tied to its row by an address that the machine carries, whatever we call it", () => {
  const state = threeBackends().with("backend-2", {
    host: "10.9.9.9",
    addresses: ["172.17.0.1", "192.168.33.216"],
  });
  const tied = tieHosts(frozen(state.state()));
  expect(tied.problems).toEqual([]);
  expect([...tied.rows].map(([name, row]) => [name, row.ip])).toEqual([
    ["backend-1", "192.168.33.215"],
    ["backend-2", "192.168.33.216"],
    ["backend-3", "192.168.33.217"],
  ]);
});

test.each<[string, ClusterState, string]>([
  [
    "a staging copy carries none of the cluster's addresses",
    threeBackends()
      .with("backend-2", { addresses: ["10.0.0.5"] })
      .state(),
    "stranger backend-2: backend-2 has the addresses 10.0.0.5; cluster-status lists 192.168.33.215, 192.168.33.216, 192.168.33.217",
  ],
  [
    "two hosts that are one machine",
    threeBackends()
      .with("backend-3", { addresses: ["192.168.33.216"] })
      .state(),
    "twin backend-2, backend-3: both are backend-2 (192.168.33.216) in cluster-status",
  ],
  [
    "the VIP as a host",
    threeBackends().with("backend-1", { host: "192.168.33.214" }).state(),
    "vip backend-1: `host` is 192.168.33.214, the cluster's VIP",
  ],
  [
    "a name that stands for the VIP",
    threeBackends().with("backend-1", { host: "chef.example.com", reachedAt: "192.168.33.214" }).state(),
    "vip backend-1: `host` is chef.example.com, reached at 192.168.33.214, the cluster's VIP",
  ],
  [
    "a VIP that stands in no chef-backend.rb: on the leader, beside its own address",
    threeBackends()
      .with("backend-1", {
        ...{ host: "192.168.33.9", reachedAt: "192.168.33.9", config: ["vip '192.168.33.215'"] },
        interfaces: [["10.0.0.1"], ["192.168.33.215", "192.168.33.9"]],
      })
      .state(),
    "vip backend-1: `host` is 192.168.33.9, the cluster's VIP",
  ],
])("%s", (_what, state, says) => expect(problems(state)).toContain(says));

test.each<[string, string, Partial<NodeState>]>([
  ["another network's own address", "backend-1", { interfaces: [["10.0.0.1"], ["192.168.33.215"]] }],
  ["a follower's second address", "backend-2", { interfaces: [["192.168.33.216", "10.0.0.1"]] }],
  ["NAT", "backend-1", {}],
])("%s is no VIP", (_what, name, change) => {
  const reached = { host: "10.0.0.1", reachedAt: "10.0.0.1", ...change };
  expect(problems(threeBackends().with(name, reached).state())).toBe("");
});

test.each<[string, string[]]>([
  ["192.168.33.215", ["vip = '192.168.33.215'", "publish_address = '192.168.33.215'"]],
  ["10.1.1.1", ["vip '10.1.1.1'", "publish_address '10.1.1.1'"]],
  ["10.1.1.1", ["publish_address '192.168.33.215'"]],
])("%s is a backend's own address where chef-backend.rb has %j", (host, config) => {
  expect(problems(threeBackends().with("backend-1", { host, config }).state())).toBe("");
});

test("nothing is said of a node that could not be read, nor where there is no table at all", () => {
  expect(problems(threeBackends().unreachable("backend-2").state())).toBe("");
  expect(problems(aCluster().missing("a").missing("b").missing("c").state())).toBe("");
});

describe("whose word on a role counts", () => {
  const told = (state: ClusterState, name: string) => roleOf(state, tieHosts(state), name);
  const rowsOf = (state: ClusterState) => state.nodes[0]!.clusterStatus;

  test("the leader's, before a follower's", () => {
    const stale = rowsOf(threeBackends().waiting("backend-2").state());
    expect(told(threeBackends().with("backend-3", { clusterStatus: stale }).state(), "backend-2")).toBe(
      "follower",
    );
  });

  test("a node's own word comes last: one that is cut off believes old things", () => {
    const old = rowsOf(aCluster().follower("backend-1").leader("backend-2").follower("backend-3").state());
    expect(told(threeBackends().with("backend-2", { clusterStatus: old }).state(), "backend-2")).toBe(
      "follower",
    );
  });

  test("a node that nobody lists has no role", () => {
    expect(told(threeBackends().missing("backend-3").state(), "backend-3")).toBeNull();
  });

  test("each GUID is one row, as the first backend shows it", () => {
    const state = threeBackends().with("backend-1", { clusterStatus: "failed" }).state();
    expect(allRows(state).map((row) => row.name)).toEqual(["backend-1", "backend-2", "backend-3"]);
  });
});
