import { allRows, mayBeVip, roleOf, tieHosts } from "../../provider/cluster/membership";
import type { ClusterState } from "../../provider/cluster/state";
import { parseBackendConfig } from "../../provider/chef/cluster/backendConfig";
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
])("%s", (_what, state, says) => expect(problems(state)).toContain(says));

describe("`vip` that is the backend's own address is no VIP", () => {
  const at = (config: string, host = "192.168.33.215") =>
    threeBackends().with("backend-1", { host, reachedAt: host, config: parseBackendConfig(config) });
  test.each([
    [
      "the sample, and what join-cluster writes",
      at("publish_address '192.168.33.215'\nvip = '192.168.33.215'"),
    ],
    ["by its row alone", at("vip '192.168.33.215'")],
    ["behind NAT: by publish_address alone", at("publish_address '10.9.9.9'\nvip '10.9.9.9'", "10.9.9.9")],
    ["only Ruby can tell it", at("vip ENV['VIP']", "192.168.33.214")],
    [
      "it is down, and publish_address cannot be told",
      at("publish_address node['ip']\nvip '192.168.33.215'").missing("backend-1"),
    ],
  ])("%s", (_what, cluster) => expect(problems(cluster.state())).not.toContain("vip"));
});

/** A VIP that stands in no configuration looks like a second address of the machine's own: nothing is refused. */
test.each<[string, string, string, string[][], boolean]>([
  [
    "the leader, beside its own address",
    "backend-1",
    "192.168.33.9",
    [["192.168.33.215", "192.168.33.9"]],
    true,
  ],
  [
    "the leader's own address in IPv6",
    "backend-1",
    "2001:db8::215",
    [["192.168.33.215", "2001:db8::215"]],
    false,
  ],
  ["another network's own address", "backend-1", "10.0.0.1", [["10.0.0.1"], ["192.168.33.215"]], false],
  ["a follower's second address", "backend-2", "10.0.0.1", [["192.168.33.216", "10.0.0.1"]], false],
  ["NAT", "backend-1", "10.0.0.1", [["192.168.33.215"]], false],
])("%s may be the VIP: only said", (_what, name, reachedAt, interfaces, told) => {
  const state = frozen(threeBackends().with(name, { host: reachedAt, reachedAt, interfaces }).state());
  expect(problems(state)).toBe("");
  expect(mayBeVip(state).join()).toMatch(told ? /set `host` to 192\.168\.33\.215/ : /^$/);
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
