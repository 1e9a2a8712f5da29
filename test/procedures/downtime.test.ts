import { type ClusterBuilder, threeBackends } from "../support/aCluster";
import {
  all,
  backedUp,
  broke,
  down,
  downs,
  ends,
  forward,
  ids,
  installing,
  names,
  old,
  plan,
  upgrades,
} from "./downtimeStates";

describe("what is planned", () => {
  it("is nothing for a cluster that is there", () => {
    const there = plan(threeBackends().at("2.3.16").frontend("frontend-1").frontend("frontend-2"));
    expect([there.steps, there.hops, there.refusals]).toEqual([[], [], []]);
  });

  it("is the whole procedure: followers first, the leader down first and upgraded last", () => {
    const made = plan(old());
    expect(ids(made)).toEqual([
      ...backedUp,
      ...["backend-2/install", "backend-3/install", "backend-1/install"],
      ...[...downs, ...upgrades, ...ends],
    ]);
    expect([made.refusals, made.warnings, made.owed]).toEqual([[], [], []]);
    expect(made.hops).toMatchObject([
      { method: "downtime", downtime: expect.stringMatching(/point of no return: the first upgrade/) },
    ]);
    expect(made.steps.map((step) => step.commands.map((argv) => argv.join(" ")).join())).toEqual([
      ...["chef-backend-ctl backup", "chef-server-ctl backup --config-only --timeout 600"],
      ...Array.from({ length: 3 }, () =>
        expect.stringMatching(/dpkg .* -i \/srv\/chef-backend_2\.3\.16-1_amd64\.deb$/),
      ),
      ...Array.from({ length: 3 }, () => "chef-backend-ctl down-for-upgrade"),
      ...Array.from({ length: 4 }, () => "chef-backend-ctl upgrade"),
      ...["", "chef-server-ctl reconfigure", "chef-server-ctl reconfigure", ""],
    ]);
    expect(made.nodes.map(({ order, does }) => [order, does])).toEqual(
      [3, 1, 2].map((order) => [order, "install, down-for-upgrade (downtime), upgrade, verify"]),
    );
    expect(made.frontends.map((each) => each.does)).toEqual(["reconfigure", "reconfigure"]);
  });

  it("backs up on a follower, whoever leads, and only where it is wanted", () => {
    const other = old().follower("backend-1").follower("backend-2").leader("backend-3");
    expect(plan(other).steps[0]!.node).toBe("backend-1");
    const without = plan(old(), { backup: false });
    expect(ids(without)[0]).toBe("backend-2/install");
    expect(without.warnings).toEqual([expect.stringMatching(/backup is false/)]);
  });

  it("warns of releases whose backup has known bugs", () => {
    expect(plan(old().at("1.3.1")).warnings).toEqual([
      expect.stringMatching(/backup of 1\.3\.1 has known bugs/),
    ]);
    expect(plan(old().at("1.3.2")).warnings).toEqual([]);
  });

  it("makes no backup with packages installed, and says what is not in the one there is", () => {
    const install = all("install");
    const made = plan(installing().record({ ...broke([]), begun: install, done: [] }));
    expect(ids(made)[0]).toBe("backend-1/down");
    expect(made.warnings).toEqual([expect.stringMatching(/backup was made before the first installation/)]);
    expect(plan(installing(), { backup: false }).warnings).toEqual([
      expect.stringMatching(/^backup is false/),
    ]);
  });

  it("goes on with what is left, phase by phase", () => {
    expect(ids(plan(installing()))).toEqual([...downs, ...upgrades, ...ends]);
    expect(ids(plan(down(["backend-1/down"])))).toEqual([...downs.slice(1), ...upgrades, ...ends]);
    expect(ids(plan(down()))).toEqual([...upgrades, ...ends]);
    expect(ids(plan(forward()))).toEqual([...upgrades, ...ends]);
    expect(plan(down()).owed).toEqual([
      expect.stringMatching(/being taken down for the upgrade; backend-1 led/),
    ]);
    expect(plan(forward()).owed).toEqual([
      expect.stringMatching(/past the point of no return: .* left; backend-1 led/),
    ]);
  });

  it("takes who led from the record once a backend is down", () => {
    const made = plan(down(["backend-3/down"], { leaderAtStart: "backend-3" }));
    expect(ids(made).slice(0, 2)).toEqual(["backend-2/down", "backend-1/down"]);
    expect(ids(made)[4]).toBe("backend-3/start-upgrade");
  });

  it("takes who leads from the cluster until then, whatever the record says", () => {
    const moved = installing().follower("backend-1").leader("backend-2");
    expect(ids(plan(moved))[0]).toBe("backend-2/down");
  });

  it("takes down again what was booted meanwhile, until its own upgrade has begun", () => {
    const up = [{ service: "etcd", up: true, seconds: 5 }];
    const booted = down().with("backend-3", { services: up });
    expect(ids(plan(booted))).toEqual(["backend-3/down", ...upgrades, ...ends]);
    const later = forward().with("backend-3", { services: up });
    expect(ids(plan(later))).toEqual(["backend-3/down", ...upgrades, ...ends]);
    const itself = forward().with("backend-2", { services: up });
    expect(ids(plan(itself))).toEqual([...upgrades, ...ends]);
  });

  it("does not start an `upgrade` again that waits for the others, and watches one that has not come so far", () => {
    const jobs = [{ run: "run-1", id: "run-1-7-start-upgrade", state: "running" as const, code: null }];
    // PostgreSQL may need a leader before it starts.
    const services = (up: boolean) => [
      { service: "etcd", up: true, seconds: 5 },
      { service: "leaderl", up, seconds: 5 },
      { service: "postgresql", up: false, seconds: 9 },
    ];
    const waits = forward().with("backend-2", { jobs, services: services(true) });
    expect(ids(plan(waits))).toEqual([...upgrades.slice(1), ...ends]);
    const begins = forward().with("backend-2", { jobs, services: services(false) });
    expect(ids(plan(begins))).toEqual([...upgrades, ...ends]);
    const failed = jobs.map((job) => ({ ...job, state: "ended" as const, code: 1 }));
    const again = forward().with("backend-2", { jobs: failed, services: services(true) });
    expect(ids(plan(again))).toEqual([...upgrades, ...ends]);
  });

  it("is done with a backend only when an `upgrade` of this hop ended with 0", () => {
    const marked = (cluster: ClusterBuilder) => cluster.with("backend-2", { upgradedTo: "2.3.16-1" });
    const runs = { services: [{ service: "etcd", up: true, seconds: 5 }] };
    expect(ids(plan(marked(forward()).with("backend-2", runs)))).toEqual([...upgrades.slice(1), ...ends]);
    expect(ids(plan(marked(down())))).toEqual([...upgrades, ...ends]);
    expect(ids(plan(forward().with("backend-2", { upgradedTo: "1.4.40-1" })))).toEqual([
      ...upgrades,
      ...ends,
    ]);
  });

  it("upgrades a backend again whose `upgrade` ended with 0 and has left every service down, or was of no use", () => {
    const marked = (cluster: ClusterBuilder) => cluster.with("backend-2", { upgradedTo: "2.3.16-1" });
    expect(ids(plan(marked(forward())))).toEqual([...upgrades, ...ends]);
    const runs = { services: [{ service: "etcd", up: true, seconds: 5 }] };
    const useless = forward(["backend-2/start-upgrade", "backend-2/upgrade-again"]);
    expect(ids(plan(marked(useless).with("backend-2", runs)))).toEqual([...upgrades, ...ends]);
  });

  it("goes on with the frontends, and verifies", () => {
    const done = [...upgrades, "cluster/healthy", "frontend-1/reconfigure"];
    const cluster = old().record(broke([...all("install"), ...all("down"), ...done]));
    for (const name of names) cluster.upgraded(name).with(name, { upgradedTo: "2.3.16-1" });
    expect(ids(plan(cluster))).toEqual(["frontend-2/reconfigure", "cluster/verify"]);
    expect(plan(cluster, { allowDowntime: null }).refusals).toEqual([]);
    // What stops it after the cluster was seen to be well is no fault of its `upgrade`.
    const stopped = cluster.with("backend-2", { services: [{ service: "etcd", up: false, seconds: 1 }] });
    expect(ids(plan(stopped))).toEqual(["frontend-2/reconfigure", "cluster/verify"]);
  });

  it("configures what our own installation was interrupted in", () => {
    const ours = old()
      .record(broke(["backend-2/install"], []))
      .interrupted("backend-2");
    const made = plan(ours);
    expect(made.refusals).toEqual([]);
    expect(made.steps[0]!.commands[0]).toEqual(expect.arrayContaining(["--configure", "-a"]));
  });

  it("finds the way although somebody has installed the packages by hand", () => {
    const cluster = old();
    for (const name of names) cluster.installedOnly(name);
    const made = plan(cluster);
    expect(made.hops.map((each) => each.method)).toEqual(["downtime"]);
    expect(ids(made)).toEqual([...backedUp, ...downs, ...upgrades, ...ends]);
  });
});
