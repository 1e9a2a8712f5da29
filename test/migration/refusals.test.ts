import { makeFolder } from "../../lab/simulation/setup/places";
import { observeCluster } from "../../provider/observe/observeCluster";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import type { MigrationSpec } from "../../provider/migration/spec";
import { MemoryMachine } from "../support/memoryMachine";
import { expectServing, problemOf } from "./checks";
import { MigrationRig, oldBackends } from "./rig";

interface Case {
  readonly what: string;
  readonly arrange?: (rig: MigrationRig) => void;
  readonly spec?: (spec: MigrationSpec) => Partial<MigrationSpec>;
  readonly says: RegExp;
}

const lay = (rig: MigrationRig, node: string, path: string, content: string) =>
  rig.sim.sideOf(node).tree(node).write(path, { kind: "file", content, mode: 0o644, owner: "root:root" });

const rewrite = (rig: MigrationRig, node: string, change: (text: string) => string) => {
  const path = "/etc/opscode/chef-server.rb";
  lay(rig, node, path, change(rig.sim.sideOf(node).tree(node).read(path)!.content));
};

const keepalived = "/var/opt/opscode/keepalived/current_cluster_status";

/** A package, as it may lie on a machine that is said to be fresh. */
const installed = (name: string, version: string, state: "installed" | "half-configured" = "installed") => ({
  ...{ name, version, state, arch: "amd64", installedSize: 1000, installedAt: 0 },
});

const cases: Case[] = [
  {
    what: "DRBD that waits for its peer",
    arrange: (rig) => (rig.sim.switches("old-backend-1").drbd = "WFConnection"),
    says: /old-backend-1: DRBD is not in step: WFConnection .*UpToDate.*see `cat \/proc\/drbd`/,
  },
  {
    what: "a pair without DRBD",
    arrange: (rig) => (rig.sim.switches("old-backend-2").drbd = "missing"),
    says: /old-backend-2: DRBD is not in step: Unconfigured/,
  },
  {
    what: "an old system of another topology",
    arrange: (rig) => rewrite(rig, "old-backend-1", (text) => text.replace(/topology.*/, 'topology "tier"')),
    says: /old-backend-1 is no machine of a DRBD\/keepalived HA Chef server: its configuration names topology "tier", expected "ha"/,
  },
  {
    what: "an old frontend of another system",
    arrange: (rig) => rewrite(rig, "old-frontend-2", (text) => text.replaceAll("192.168.33.120", "10.9.9.9")),
    says: /not of one system, by its backend_vip: .*old-frontend-2 10\.9\.9\.9/,
  },
  {
    what: "an old system that names no VIP",
    arrange: (rig) => rewrite(rig, "old-backend-1", (text) => text.replace(/^backend_vip[^]*?\n\n/m, "")),
    says: /names no address of the active backend \(backend_vip\): old-backend-1 none/,
  },
  {
    what: "a machine without the product in place of an old one",
    arrange: (rig) => rig.sim.machine("old-backend-2").packages.remove("chef-server-core"),
    says: /old-backend-2 has no chef-server-core package installed/,
  },
  {
    what: "a pair of which neither is active",
    arrange: (rig) => lay(rig, "old-backend-1", keepalived, "backup\n"),
    says: /One old backend must be active, .*: old-backend-1 backup, old-backend-2 backup/,
  },
  {
    what: "a pair of which both are active",
    arrange: (rig) => lay(rig, "old-backend-2", keepalived, "master\n"),
    says: /One old backend must be active, .*: old-backend-1 master, old-backend-2 master/,
  },
  {
    what: "an old system that does not serve",
    arrange: (rig) => rig.sim.source.frontends[1]!.serve(false),
    says: /old frontend old-frontend-2 does not answer its clients/,
  },
  {
    what: "knife without its tidy plugin",
    arrange: (rig) => rig.sim.switches("old-frontend-1").knifeMissing.push("tidy"),
    says: /`\/opt\/opscode\/embedded\/bin\/knife tidy server report` cannot be run: .*embedded\/bin\/gem install knife-tidy.*or set tidy: false/,
  },
  {
    what: "knife without its backup plugin, tidy or not",
    arrange: (rig) => rig.sim.switches("old-frontend-1").knifeMissing.push("ec"),
    spec: () => ({ tidy: false }),
    says: /`\/opt\/opscode\/embedded\/bin\/knife ec backup` cannot be run: .*install knife-ec-backup.*source\.knife/,
  },
  {
    what: "no consent",
    spec: () => ({ allowDowntime: null }),
    says: /needs downtime, and allowDowntime is not given.*set allowDowntime: "2\.3\.16".*set rehearse: true/,
  },
  {
    what: "consent for another version",
    spec: () => ({ allowDowntime: "2.2.0" }),
    says: /allowDowntime is 2\.2\.0, for another version/,
  },
  {
    what: "a package that is not there",
    arrange: (rig) => rig.node("backend-2").files.clear(),
    says: /backend-2: \/srv\/chef-backend_2\.3\.16.*: there is no such file/,
  },
  {
    what: "a package of another version on a new machine",
    arrange: (rig) => rig.sim.machine("backend-3").packages.replace(installed("chef-backend", "2.1.0-1")),
    says: /backend-3 has chef-backend 2\.1\.0-1 installed, expected none, or 2\.3\.16/,
  },
  {
    what: "an installation that somebody else has broken off",
    arrange: (rig) =>
      rig.sim.machine("backend-3").packages.replace(installed("chef-backend", "2.3.16-1", "half-configured")),
    says: /backend-3: an installation was interrupted/,
  },
  {
    what: "data on a new backend, whatever they are",
    arrange: (rig) => makeFolder(rig.sim.target.tree("backend-2"), "/var/opt/chef-backend/postgresql/data"),
    says: /backend-2 is no fresh machine: it has postgresql in its data folder/,
  },
  {
    what: "a new frontend that has been one before",
    arrange: (rig) => lay(rig, "frontend-2", "/etc/opscode/private-chef-secrets.json", "{}"),
    says: /frontend-2 is no fresh machine: it has \/etc\/opscode\/private-chef-secrets\.json.*destroys nothing/,
  },
  {
    what: "a chef-backend.rb that is not what is asked for",
    arrange: (rig) => lay(rig, "backend-1", "/etc/chef-backend/chef-backend.rb", "vip '10.9.9.9'\n"),
    says: /backend-1: its \/etc\/chef-backend\/chef-backend\.rb is there, and not what backendConfig says/,
  },
  {
    what: "a new machine without room",
    arrange: (rig) => (rig.sim.switches("frontend-1").diskFree = { "/": 1000 }),
    says: /frontend-1: .* MiB/,
  },
  {
    what: "a clock that is wrong",
    arrange: (rig) => (rig.sim.switches("backend-3").clockDrift = 5),
    says: /s apart, over the supported/,
  },
  {
    what: "a licence that is not accepted",
    spec: ({ cluster }) => ({
      cluster: { ...cluster, frontends: { ...cluster.frontends, acceptLicense: false } },
    }),
    says: /runs only once its licence has been accepted/,
  },
  {
    what: "new backends without a configuration",
    spec: () => ({ backendConfig: null }),
    says: /backend-1: there is no \/etc\/chef-backend\/chef-backend\.rb/,
  },
  {
    what: "a machine that is given twice",
    arrange: (rig) =>
      Object.assign(rig.sim.machine("backend-3"), {
        addresses: rig.sim.machine("backend-2").addresses,
        bootId: rig.sim.machine("backend-2").bootId,
      }),
    says: /backend-2 and backend-3 are the same machine/,
  },
];

describe("a migration is refused, and nothing is touched", () => {
  it.each(cases)("$what", async ({ arrange, spec, says }) => {
    const rig = new MigrationRig();
    arrange?.(rig);
    const result = await rig.up(spec?.(rig.spec()));
    expect(problemOf(result)).toMatch(says);
    expect(result.touched).toBe(false);
    expect(rig.jobs).toEqual([]);
    expect(rig.nodes.map(({ lock }) => lock)).toEqual(rig.nodes.map(() => null));
  });

  it("a machine that cannot be reached, of either side", async () => {
    for (const node of ["old-backend-2", "frontend-2"]) {
      const rig = new MigrationRig();
      const client = rig.client();
      client.state.unreachable.add(node);
      expect(problemOf(await rig.up({}, client))).toMatch(new RegExp(`${node}: no connection`));
      expect(rig.jobs).toEqual([]);
    }
  });

  it("a cluster that is there already and was not made by us", async () => {
    const rig = new MigrationRig();
    expect(problemOf(await rig.up({ rehearse: true }))).toBeNull();
    for (const node of rig.nodes) node.record = "";
    const jobs = rig.jobs.length;
    const said = problemOf(await rig.up())!;
    expect(said).toMatch(/backend-1 is no fresh machine: it has a cluster, .*chef-backend-secrets\.json/);
    expect(said).toMatch(/frontend-2 is no fresh machine: it has .*private-chef-secrets\.json/);
    expect(rig.jobs).toHaveLength(jobs);
    expectServing(rig);
  });

  it("a package manager that is busy: it is waited for", async () => {
    const rig = new MigrationRig();
    rig.sim.switches("backend-2").packageLock = { pid: 4711, program: "apt" };
    rig.clock.setTimer(60_000, () => (rig.sim.switches("backend-2").packageLock = null));
    expect(problemOf(await rig.up({ rehearse: true }))).toBeNull();
    expect(rig.texts("waiting").join("\n")).toContain("backend-2: the package manager is busy");
  });
});

it("a ChefBackendCluster that is pointed at the old pair says what is there, and names this resource", async () => {
  const rig = new MigrationRig();
  const { cluster } = rig.spec();
  const names = [...oldBackends, "old-frontend-1"];
  const spec = { ...cluster, nodes: names.map((name) => ({ name, host: name })), frontends: null };
  const machines = names.map((name) => new MemoryMachine(rig.node(name), rig.client().state));
  const state = await rig.clock.run(observeCluster(spec, machines, rig.clock, "full"));
  const said = planUpgrade(spec, state).refusals.map(({ message, wayOut }) => `${message}. ${wayOut}`);
  for (const name of oldBackends)
    expect(said.join("\n")).toMatch(
      new RegExp(
        `${name} is a backend of a Chef server with DRBD and keepalived \\(Connected .*UpToDate/UpToDate\\).*ChefBackendMigration`,
      ),
    );
});
