import { makeFolder } from "../../lab/simulation/setup/places";
import { observeCluster } from "../../provider/observe/observeCluster";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import { parseMigrationRecord } from "../../provider/migration/record";
import type { MigrationSpec } from "../../provider/migration/spec";
import { MemoryMachine } from "../support/memoryMachine";
import { expectMigrated, expectServing, problemOf } from "./checks";
import { MigrationRig, newBackends, oldBackends } from "./rig";

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
    says: /DRBD is not in sync .*\n.*where: old-backend-1, old-backend-2\n.*old-backend-1: WFConnection .*UpToDate.*\n.*\n.*look at \/proc\/drbd/,
  },
  {
    what: "a pair without DRBD",
    arrange: (rig) => (rig.sim.switches("old-backend-2").drbd = "missing"),
    says: /DRBD is not in sync .*\n.*where: old-backend-1, old-backend-2\n.*\n.*old-backend-2: Unconfigured/,
  },
  {
    what: "an old system of another topology",
    arrange: (rig) => rewrite(rig, "old-backend-1", (text) => text.replace(/topology.*/, 'topology "tier"')),
    says: /another kind of Chef server .*\n.*where: old-backend-1\n.*its configuration names topology "tier", expected "ha"/,
  },
  {
    what: "an old frontend of another system",
    arrange: (rig) => rewrite(rig, "old-frontend-2", (text) => text.replaceAll("192.168.33.120", "10.9.9.9")),
    says: /Machines of different Chef servers .*\n.*\n.*backend_vip: .*old-frontend-2 10\.9\.9\.9/,
  },
  {
    what: "an old system that names no VIP",
    arrange: (rig) => rewrite(rig, "old-backend-1", (text) => text.replace(/^backend_vip[^]*?\n\n/m, "")),
    says: /Address of the active backend is missing .*\n.*where: old-backend-1\n.*: old-backend-1 none/,
  },
  {
    what: "a machine without the product in place of an old one",
    arrange: (rig) => rig.sim.machine("old-backend-2").packages.remove("chef-server-core"),
    says: /Package chef-server-core is not installed .*\n.*where: old-backend-2\n/,
  },
  {
    what: "a pair of which neither is active",
    arrange: (rig) => lay(rig, "old-backend-1", keepalived, "backup\n"),
    says: /No single active backend .*\n.*\n.*old-backend-1 backup, old-backend-2 backup in/,
  },
  {
    what: "a pair of which both are active",
    arrange: (rig) => lay(rig, "old-backend-2", keepalived, "master\n"),
    says: /No single active backend .*\n.*\n.*old-backend-1 master, old-backend-2 master in/,
  },
  {
    what: "an old system that does not serve",
    arrange: (rig) => rig.sim.source.frontends[1]!.serve(false),
    says: /Old frontend does not answer .*\n.*where: old-frontend-2\n/,
  },
  {
    what: "knife without its tidy plugin",
    arrange: (rig) => rig.sim.switches("old-frontend-1").knifeMissing.push("tidy"),
    says: /Knife plugin cannot be run \[tidy\]\n.*\n.*`\/opt\/opscode\/embedded\/bin\/knife tidy server report`: [^]*embedded\/bin\/gem install knife-tidy.*or set `tidy: false`/,
  },
  {
    what: "knife without its backup plugin, tidy or not",
    arrange: (rig) => rig.sim.switches("old-frontend-1").knifeMissing.push("ec"),
    spec: () => ({ tidy: false }),
    says: /Knife plugin cannot be run \[source\]\n.*\n.*`\/opt\/opscode\/embedded\/bin\/knife ec backup`: [^]*install knife-ec-backup.*source\.knife/,
  },
  {
    what: "no consent",
    spec: () => ({ allowDowntime: null }),
    says: /Downtime not approved [^]*`allowDowntime` not set[^]*set `allowDowntime: "2\.3\.16"`[^]*set `rehearse: true`/,
  },
  {
    what: "consent for another version",
    spec: () => ({ allowDowntime: "2.2.0" }),
    says: /`allowDowntime` is 2\.2\.0, another version/,
  },
  {
    what: "a package that is not there",
    arrange: (rig) => rig.node("backend-2").files.clear(),
    says: /where: backend-2\n.*\/srv\/chef-backend_2\.3\.16.*: there is no such file/,
  },
  {
    what: "a package of another version on a new machine",
    arrange: (rig) => rig.sim.machine("backend-3").packages.replace(installed("chef-backend", "2.1.0-1")),
    says: /Another version is installed .*\n.*where: backend-3\n.*chef-backend 2\.1\.0-1, expected none or 2\.3\.16/,
  },
  {
    what: "an installation that somebody else has broken off",
    arrange: (rig) =>
      rig.sim.machine("backend-3").packages.replace(installed("chef-backend", "2.3.16-1", "half-configured")),
    says: /Installation was interrupted \[interrupted\]\n.*where: backend-3\n/,
  },
  {
    what: "data on a new backend, whatever they are",
    arrange: (rig) => makeFolder(rig.sim.target.tree("backend-2"), "/var/opt/chef-backend/postgresql/data"),
    says: /Machine is not fresh .*\n.*where: backend-2\n.*it has postgresql in its data folder/,
  },
  {
    what: "a new frontend that has been one before",
    arrange: (rig) => lay(rig, "frontend-2", "/etc/opscode/private-chef-secrets.json", "{}"),
    says: /Machine is not fresh .*\n.*where: frontend-2\n.*it has \/etc\/opscode\/private-chef-secrets\.json.*\n.*overwrites nothing/,
  },
  {
    what: "a chef-backend.rb that is not what is asked for",
    arrange: (rig) => lay(rig, "backend-1", "/etc/chef-backend/chef-backend.rb", "vip '10.9.9.9'\n"),
    says: /chef-backend\.rb is another one .*\n.*where: backend-1\n.*is not what `backendConfig` says/,
  },
  {
    what: "a new machine without room",
    arrange: (rig) => (rig.sim.switches("frontend-1").diskFree = { "/": 1000 }),
    says: /Not enough disk space .*\n.*where: frontend-1, \/.*\n.* MiB/,
  },
  ...(["old-frontend-1", "frontend-1"] as const).map((node) => ({
    what: `no room for a copy of the data on ${node}`,
    arrange: (rig: MigrationRig) =>
      (rig.sim.switches(node).diskFree = { "/": 40_000_000, "/var/lib": 1_000_000 }),
    says: new RegExp(
      `Not enough disk space .*\\n.*where: ${node}, /var/lib .*\\n.*976 MiB free for the copies of the data; 1324 MiB required`,
    ),
  })),
  {
    what: "no room where a file system is mounted on our folder",
    arrange: (rig) =>
      (rig.sim.switches("frontend-1").diskFree = {
        "/": 40_000_000,
        "/var/lib/pulumi-chef-backend": 1_000_000,
      }),
    says: /Not enough disk space .*\n.*where: frontend-1, \/var\/lib\/pulumi-chef-backend .*\n.*976 MiB free for the copies/,
  },
  {
    what: "a clock that is wrong",
    arrange: (rig) => (rig.sim.switches("backend-3").clockDrift = 5),
    says: /Clocks differ too much .*\n.*\n.* s apart; Chef supports 1\.5 s/,
  },
  {
    what: "a license that is not accepted",
    spec: ({ cluster }) => ({
      cluster: { ...cluster, frontends: { ...cluster.frontends, acceptLicense: false } },
    }),
    says: /License is not accepted \[license\]/,
  },
  {
    what: "new backends without a configuration",
    spec: () => ({ backendConfig: null }),
    says: /chef-backend\.rb is missing \[backendConfig\]\n.*where: backend-1, backend-2, backend-3\n/,
  },
  {
    what: "frontends that do not work with the new backends' Elasticsearch",
    spec: ({ cluster }) => ({
      cluster: {
        ...{ ...cluster, version: "3.1.1", packages: { "3.1.1": cluster.packages["2.3.16"]! } },
        frontends: { ...cluster.frontends, version: "12.17.15" },
      },
    }),
    says: /Elasticsearch too new for frontends \[frontendPath\]\n.*where: input `frontends\.version`\n.*12\.17\.15 .*2, 5 only; chef-backend 3\.1\.1 brings 6\.8\.23\n.*13\.2\.0/,
  },
  {
    what: "a release that further backends cannot join",
    spec: ({ cluster }) => ({
      cluster: { ...cluster, version: "3.0.0", packages: { "3.0.0": cluster.packages["2.3.16"]! } },
    }),
    says: /Backends cannot join a cluster of this release \[version\]\n.*\n.*`version` is 3\.0\.0: .*\n.*set `version` to 3\.1\.1 or later/,
  },
  {
    what: "a machine that is given twice",
    arrange: (rig) =>
      Object.assign(rig.sim.machine("backend-3"), {
        addresses: rig.sim.machine("backend-2").addresses,
        bootId: rig.sim.machine("backend-2").bootId,
        machineId: rig.sim.machine("backend-2").machineId,
      }),
    says: /Machine is listed twice .*\n.*where: backend-2, backend-3\n/,
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

  it("but not for want of room once a larger disk is mounted on our folder, as the refusal says", async () => {
    const rig = new MigrationRig();
    for (const node of ["old-frontend-1", "frontend-1"])
      rig.sim.switches(node).diskFree = {
        ...{ "/": 40_000_000, "/var/lib": 1_000_000 },
        "/var/lib/pulumi-chef-backend": 40_000_000,
      };
    expect(problemOf(await rig.up({ rehearse: true }))).toBeNull();
  });

  it("a machine that cannot be reached, of either side", async () => {
    for (const node of ["old-backend-2", "frontend-2"]) {
      const rig = new MigrationRig();
      const client = rig.client();
      client.state.unreachable.add(node);
      expect(problemOf(await rig.up({}, client))).toMatch(new RegExp(`where: ${node}\n.*no connection`));
      expect(rig.jobs).toEqual([]);
    }
  });

  it("a cluster that is there already and was not made by us", async () => {
    const rig = new MigrationRig();
    expect(problemOf(await rig.up({ rehearse: true }))).toBeNull();
    for (const node of rig.nodes) node.record = "";
    const jobs = rig.jobs.length;
    const said = problemOf(await rig.up())!;
    expect(said).toMatch(/backend-1: it has a cluster, .*chef-backend-secrets\.json/);
    expect(said).toMatch(/frontend-2: it has .*private-chef-secrets\.json/);
    expect(rig.jobs).toHaveLength(jobs);
    expectServing(rig);
  });

  it("no room for what the rehearsal needed, on either side: one backup on the old one, two and the archive on the new one", async () => {
    const rig = new MigrationRig();
    expect(problemOf(await rig.up({ rehearse: true }))).toBeNull();
    const record = parseMigrationRecord(rig.node("backend-1").record)!;
    expect(record.backupKiB).toBeGreaterThan(0);
    for (const name of newBackends)
      rig.node(name).record = JSON.stringify({
        ...record,
        ...{ backupKiB: 4 * 1024 * 1024, archive: { ...record.archive, bytes: 1024 ** 3 } },
      });
    const room = (node: string, mib: number) =>
      (rig.sim.switches(node).diskFree = { "/": 40_000_000, "/var/lib": mib * 1024 });
    room("old-frontend-1", 4395);
    room("frontend-1", 9515);
    const jobs = rig.jobs.length;
    const said = problemOf(await rig.up())!;
    for (const short of [
      "old-frontend-1, /var/lib (/var/lib/pulumi-chef-backend): 4395 MiB free for the copies of the data; 4396 MiB required, by what the rehearsal needed",
      "frontend-1, /var/lib (/var/lib/pulumi-chef-backend): 9515 MiB free for the copies of the data; 9516 MiB required, by what the rehearsal needed",
    ])
      expect(said).toContain(` ${short}`);
    expect(rig.jobs).toHaveLength(jobs);
    room("old-frontend-1", 4396);
    room("frontend-1", 9516);
    expect(await rig.refusals()).toEqual([]);
    // What a copy that has begun has left there is its own.
    const client = rig.client();
    rig.onEvent = (event) => {
      if (event.type === "step-finished" && event.step === "old-frontend-1/backup") client.kill();
    };
    await expect(rig.up({}, client)).rejects.toThrow("killed");
    room("old-frontend-1", 2000);
    expectMigrated(rig, await rig.up());
  });

  it("a package manager that is busy: it is waited for", async () => {
    const rig = new MigrationRig();
    rig.sim.switches("backend-2").packageLock = { pid: 4711, program: "apt" };
    rig.clock.setTimer(60_000, () => (rig.sim.switches("backend-2").packageLock = null));
    expect(problemOf(await rig.up({ rehearse: true }))).toBeNull();
    expect(rig.texts("waiting").join("\n")).toContain("Package manager is busy (backend-2)");
  });
});

it("a ChefBackendCluster that is pointed at the old pair says what is there, and names this resource", async () => {
  const rig = new MigrationRig();
  const { cluster } = rig.spec();
  const names = [...oldBackends, "old-frontend-1"];
  const spec = { ...cluster, nodes: names.map((name) => ({ name, host: name })), frontends: null };
  const machines = names.map((name) => new MemoryMachine(rig.node(name), rig.client().state));
  const state = await rig.clock.run(observeCluster(spec, machines, rig.clock, "full"));
  const said = planUpgrade(spec, state).refusals.map(
    (each) => `${each.where.join()}: ${each.what}: ${each.seen}. ${each.next}`,
  );
  for (const name of oldBackends)
    expect(said.join("\n")).toMatch(
      new RegExp(
        `${name}: Chef server with DRBD instead of Chef Backend: .*Connected .*UpToDate/UpToDate.*ChefBackendMigration`,
      ),
    );
});
