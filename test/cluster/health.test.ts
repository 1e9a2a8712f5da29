import { healthProblems, healthProblemsWithout } from "../../provider/cluster/health";
import type { ClusterState, ServiceRow } from "../../provider/cluster/state";
import { aCluster, frozen, threeBackends } from "../support/aCluster";

const healthy = (state: ClusterState) => healthProblems(frozen(state));

/** The state with one value of one service's view changed in every backend's status. */
function seen(service: string, key: string, value: string | undefined, state = threeBackends().state()) {
  const change = (row: ServiceRow): ServiceRow => {
    const distributed = { ...row.distributed, [key]: value } as Record<string, string>;
    return row.service === service ? { ...row, distributed } : row;
  };
  return {
    ...state,
    nodes: state.nodes.map((node) => ({ ...node, status: (node.status as ServiceRow[]).map(change) })),
  };
}

test("the documented shape is healthy", () => expect(healthy(threeBackends().state())).toEqual([]));

describe("whatever differs from the documented shape is said, once", () => {
  test.each<[string, ClusterState, string[]]>([
    [
      "frontends are told not to use the leader",
      threeBackends().with("backend-1", { taken: false }).with("backend-2", { taken: false }).state(),
      ["backend-1 leads, but tells frontends with 503 at /leader not to use it"],
    ],
    [
      "a node is not reachable",
      threeBackends().unreachable("backend-2").state(),
      ["backend-2 is not reachable"],
    ],
    [
      "no leader",
      aCluster().follower("a").follower("b").follower("c").state(),
      [
        "the cluster has no leader",
        "leaderl leader: 0",
        "leaderl follower: 3",
        "postgresql leader: 0",
        "postgresql synced: 3",
      ],
    ],
    [
      "two leaders",
      aCluster().leader("a").leader("b").follower("c").state(),
      [
        "the cluster shows 2 leaders",
        "leaderl leader: 2",
        "leaderl follower: 1",
        "postgresql leader: 2",
        "postgresql synced: 1",
      ],
    ],
    [
      "somebody waits for a leader",
      threeBackends().waiting("backend-3").state(),
      [
        "backend-3 is waiting_for_leader (PostgreSQL syncing)",
        ...["leaderl waiting: 1", "leaderl follower: 1", "postgresql syncing: 1", "postgresql synced: 1"],
      ],
    ],
  ])("%s", (_what, state, problems) => expect(healthy(state)).toEqual(problems));

  test.each([
    ["elasticsearch", "state", "yellow"],
    ["elasticsearch", "state", "red"],
    ["elasticsearch", "nodes online", "2/3"],
    ["elasticsearch", "nodes online", "2/2"],
    ["elasticsearch", "nodes online", "4/4"],
    ["etcd", "health", "degraded"],
    ["etcd", "healthy nodes", "2/3"],
    ["leaderl", "waiting", "1"],
    ["leaderl", "follower", "1"],
    ["leaderl", "total", "4"],
    ["leaderl", "leader", ""],
    ["postgresql", "offline", "1"],
    ["postgresql", "syncing", "1"],
    ["postgresql", "syncing", "some"],
    ["postgresql", "synced", "1"],
    ["postgresql", "synced", "3"],
  ])("%s %s: %s", (service, key, value) => {
    expect(healthy(seen(service, key, value))).toEqual([`${service} ${key}: ${value || "(nothing)"}`]);
  });

  test("a count that is not there is no zero", () => {
    expect(healthy(seen("postgresql", "syncing", undefined))).toEqual(
      [1, 2, 3].map((each) => `backend-${each}: status does not show "syncing" of postgresql`),
    );
  });

  test("a service that status does not list", () => {
    const state = threeBackends().state();
    const rows = (state.nodes[0]!.status as ServiceRow[]).filter((row) => row.service !== "etcd");
    expect(healthy(threeBackends().with("backend-1", { status: rows }).state())).toEqual([
      "backend-1: status does not show etcd",
    ]);
  });

  test("a backend that is missing in the table, or a fourth one that was not given", () => {
    const state = threeBackends().state();
    const rows = state.nodes[0]!.clusterStatus as never[];
    const shown = (list: unknown[]) =>
      healthy(
        threeBackends()
          .with("backend-1", { clusterStatus: list as never })
          .state(),
      );
    expect(shown(rows.slice(0, 2))).toContain("cluster-status lists 2 of 3 backends (seen on backend-1)");
    const fourth = {
      ...(rows[2] as unknown as object),
      name: "backend-4",
      guid: "4",
      ip: "192.168.33.218",
      es: "not_master",
    };
    expect(shown([...rows, fourth])).toEqual([
      "cluster-status lists 4 backends, 3 are given (seen on backend-1)",
    ]);
  });

  test("PostgreSQL in another role than the node", () => {
    const { nodes } = threeBackends().state();
    const rows = (nodes[0]!.clusterStatus as never as { name: string }[]).map((row) =>
      row.name === "backend-2" ? { ...row, pg: "leader" } : row,
    );
    expect(
      healthy(
        threeBackends()
          .with("backend-3", { clusterStatus: rows as never })
          .state(),
      ),
    ).toEqual(["backend-2 is follower (PostgreSQL leader) (seen on backend-3)"]);
  });

  test("no search master, or two", () => {
    const { nodes } = threeBackends().state();
    const rows = (nodes[0]!.clusterStatus as never as object[]).map((row) => ({ ...row, es: "master" }));
    expect(
      healthy(
        threeBackends()
          .with("backend-3", { clusterStatus: rows as never })
          .state(),
      ),
    ).toEqual(["Elasticsearch shows no single master (seen on backend-3)"]);
  });

  test("a command that failed on one node, a service down on one node: by name", () => {
    const failed = threeBackends().with("backend-2", { status: "chef-backend-ctl status ended with 1: x" });
    expect(healthy(failed.state())).toEqual(["chef-backend-ctl status ended with 1: x (seen on backend-2)"]);
    const rows = threeBackends().state().nodes[0]!.status as ServiceRow[];
    const down = rows.map((row) => (row.service === "etcd" ? { ...row, local: "down" } : row));
    expect(healthy(threeBackends().with("backend-2", { status: down }).state())).toEqual([
      "backend-2: etcd: down",
    ]);
  });

  test("two views, each fine by itself, that do not agree who leads: nobody knows", () => {
    const moved = aCluster().follower("backend-1").leader("backend-2").follower("backend-3").state();
    const state = threeBackends().with("backend-3", { clusterStatus: moved.nodes[0]!.clusterStatus }).state();
    expect(healthy(state)).toEqual([
      "the backends do not agree who leads: backend-1 says backend-1, backend-2 says backend-1, backend-3 says backend-2",
    ]);
  });
});

const changed = (service: string, change: Partial<ServiceRow>) => {
  const rows = threeBackends().state().nodes[0]!.status as ServiceRow[];
  const status = rows.map((row) => (row.service === service ? { ...row, ...change } : row));
  return healthy(threeBackends().with("backend-1", { status }).state());
};

test.each([
  ["OK", true],
  ["/var/log/chef-backend: OK; /var/opt/chef-backend: OK", true],
  ["/var/log: OK; /var/opt: only 120MB free", false],
  ["not OK", false],
  ["", false],
])("the disks have no process; of their row %j is well: %s, and the cell is the reason", (local, well) => {
  expect(changed("disks", { local })).toEqual(well ? [] : [`backend-1: disks: ${local || "no state"}`]);
});

test("a cell that says what is wrong stands for its figures", () => {
  const view = "error: could not reach pgsql leader for replication stats";
  expect(changed("postgresql", { local: "down", view, distributed: { error: view.slice(7) } })).toEqual([
    "backend-1: postgresql: down",
    `postgresql: ${view} (seen on backend-1)`,
  ]);
});

test.each([
  ["running (pid 1)", true],
  ["local-only", true],
  ["something new", true],
  ["down", false],
])("a service that nobody here knows counts only where it says that it is down: %s", (local, well) => {
  expect(changed("epmd", { local })).toEqual(well ? [] : [`backend-1: epmd: ${local}`]);
});

test("the disks' row is demanded of the releases that have it", () => {
  const rows = (threeBackends().state().nodes[0]!.status as ServiceRow[]).filter(
    ({ service }) => service !== "disks",
  );
  expect(healthy(threeBackends().with("backend-1", { status: rows }).state())).toEqual([
    "backend-1: status does not show disks",
  ]);
  expect(healthy(threeBackends().at("1.4.0").state())).toEqual([]);
});

describe("without the one backend that our unfinished step is on (promise 2)", () => {
  const without = (state: ClusterState, out = "backend-2") => healthProblemsWithout(frozen(state), out);

  test.each([
    ["its services are down", threeBackends().missing("backend-2")],
    ["it waits for a leader", threeBackends().waiting("backend-2")],
    ["it is back already", threeBackends()],
  ])("%s: the others are as healthy as they can be", (_what, cluster) => {
    expect(without(cluster.state())).toEqual([]);
  });

  test.each([
    ["another one is missing", threeBackends().missing("backend-3"), "cluster-status lists 2 of 3 backends"],
    [
      "another one waits",
      threeBackends().waiting("backend-3"),
      "backend-3 is waiting_for_leader (PostgreSQL syncing)",
    ],
    [
      "both are out",
      threeBackends().missing("backend-2").waiting("backend-3"),
      "backend-3 is waiting_for_leader",
    ],
    ["both are missing", threeBackends().missing("backend-2").missing("backend-3"), "lists 1 of 3"],
    ["another one is unreachable", threeBackends().unreachable("backend-3"), "backend-3 is not reachable"],
    ["nobody leads", threeBackends().missing("backend-2").waiting("backend-1"), "the cluster has no leader"],
  ])(
    "%s: no second backend is made up for by the health of the one that may be out",
    (_what, cluster, says) => {
      expect(without(cluster.state()).join("\n")).toContain(says);
    },
  );

  test("red search is never right, yellow is with one out", () => {
    const state = threeBackends().missing("backend-2").state();
    const nodes = state.nodes.filter((node) => node.name !== "backend-2");
    const others = { ...state, nodes };
    const red = seen("elasticsearch", "state", "red", others);
    expect(without({ ...state, nodes: [red.nodes[0]!, state.nodes[1]!, red.nodes[1]!] })).toEqual([
      "elasticsearch state: red",
    ]);
  });
});
