import type { MigrationOptions } from "../../lab/simulation/migration/migrationSimulation";
import { failureText } from "../../provider/migration/handlers/apply";
import { differences, countTable } from "../../provider/migration/counts";
import { parseRecord } from "../../provider/cluster/record";
import { parseMigrationRecord } from "../../provider/migration/record";
import { expectMigrated, expectServing, problemOf } from "./checks";
import { backendConfig, MigrationRig, newBackends } from "./rig";

const building = [
  ...["backend-1 install", "backend-2 install", "backend-3 install"],
  ...[
    "backend-1 mkdir",
    "backend-1 cp",
    "backend-2 mkdir",
    "backend-2 cp",
    "backend-3 mkdir",
    "backend-3 cp",
  ],
  ...["backend-1 create-cluster", "backend-2 join-cluster", "backend-3 join-cluster"],
  ...["frontend-1 install", "backend-1 gen-server-config", "frontend-1 mkdir", "frontend-1 cp"],
  "frontend-1 reconfigure",
  ...["frontend-2 install", "backend-1 gen-server-config", "frontend-2 mkdir", "frontend-2 cp"],
  ...["frontend-2 mkdir", "frontend-2 cp", "frontend-2 cp", "frontend-2 touch", "frontend-2 reconfigure"],
];
const copying = ["old-frontend-1 ec backup", "frontend-1 ec restore", "frontend-1 ec backup"];

const kinds: [what: string, options: Partial<MigrationOptions>][] = [
  ["deb", {}],
  ["rpm", { platform: "rpm" }],
  [
    "described in private-chef.rb, the other backend active",
    { source: { configFile: "private-chef.rb", master: "old-backend-2" } },
  ],
];

describe("a migration", () => {
  it.each(kinds)(
    "moves everything, and leaves the old pair stopped and untouched (%s)",
    async (_what, options) => {
      const rig = new MigrationRig(options);
      const result = await rig.up();
      expectMigrated(rig, result);
      expect(rig.commands().filter((each) => !/tidy server/.test(each))).toEqual([
        ...building,
        ...["old-frontend-1 stop", "old-frontend-2 stop"],
        ...copying,
      ]);
      const { counts, archive, tidyReport } = result.record!;
      const table = countTable(counts.old, counts.new);
      expect(table).toContainEqual(
        expect.objectContaining({ organization: "acme", kind: "nodes", old: expect.any(Number) as number }),
      );
      expect(table.every((row) => row.old === row.new && row.old >= 0)).toBe(true);
      expect(archive).toMatchObject({
        node: "frontend-1",
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      });
      expect(tidyReport).toMatchObject({
        node: "old-frontend-1",
        files: expect.arrayContaining(["acme_stale_nodes.json"]) as string[],
      });
      // Nothing of ours but on the old frontends: the pair is only looked at.
      for (const { name, files, jobs, record } of rig.nodes.filter((node) =>
        node.name.startsWith("old-backend"),
      ))
        expect([name, files.size, jobs.length, record]).toEqual([name, 0, 0, ""]);
    },
  );

  it("brings the packages to the machines, and takes a chef-backend.rb that lies there", async () => {
    const rig = new MigrationRig();
    const { cluster } = rig.spec();
    const brought = (on: string, name: string, version: string) => {
      const source = rig.packagePath(name, version);
      const sha256 = rig.node(on).sha256(source);
      const staging = { kind: "upload", source, sha256, file: `${name}.deb` } as const;
      return { path: staging.file, staging, stagedKiB: 1000 };
    };
    for (const name of newBackends) {
      const content = `publish_address "${rig.sim.machine(name).ip}"\n${backendConfig}`;
      const entry = { kind: "file", content, mode: 0o644, owner: "root:root" } as const;
      rig.sim.target.tree(name).write("/etc/chef-backend/chef-backend.rb", entry);
    }
    const result = await rig.up({
      backendConfig: null,
      cluster: {
        ...cluster,
        packages: { "2.3.16": brought("backend-1", "chef-backend", "2.3.16") },
        frontends: {
          ...cluster.frontends,
          packageFile: brought("frontend-1", "chef-server-core", "15.9.38"),
        },
      },
    });
    expectMigrated(rig, result);
    expect(rig.commands().filter((each) => /^backend-\d cp$/.test(each))).toEqual([]);
    expect(rig.sim.history.find(({ node }) => node === "frontend-2")!.argv.at(-1)).toBe(
      "/var/lib/pulumi-chef-backend/packages/chef-server-core.deb",
    );
  });

  it("hands the secrets over, removes its copies, and tells them to nobody", async () => {
    const rig = new MigrationRig();
    const result = await rig.up();
    expect(rig.sim.target.givenSecrets.map(({ node }) => node)).toEqual(["backend-2", "backend-3"]);
    const files = [
      ["backend-1", "/etc/chef-backend/chef-backend-secrets.json"],
      ["frontend-1", "/etc/opscode/private-chef-secrets.json"],
      ["frontend-1", "/etc/opscode/chef-server.rb"],
    ] as const;
    const secrets = files.flatMap(
      ([node, path]) =>
        rig.sim.target
          .tree(node)
          .read(path)!
          .content.match(/[0-9a-f]{32,}/g) ?? [],
    );
    expect(secrets.length).toBeGreaterThan(2);
    const told = [
      ...[JSON.stringify(rig.events), JSON.stringify(result)],
      ...rig.nodes.flatMap(({ record, jobs }) => [record, ...jobs.map(({ output }) => output)]),
    ].join("\n");
    for (const secret of secrets) expect(told).not.toContain(secret);
    expect(rig.secretsLeft).toEqual([]);
  });

  it("has nothing to do the second time, and starts nothing", async () => {
    const rig = new MigrationRig();
    await rig.up();
    const jobs = rig.jobs.length;
    const again = await rig.up();
    expect(problemOf(again)).toBeNull();
    expect(again.touched).toBe(false);
    expect(rig.jobs).toHaveLength(jobs);
  });

  it("leaves no record that an upgrade of the new cluster would take for its own", async () => {
    const rig = new MigrationRig();
    await rig.up({ rehearse: true });
    const { record } = rig.node("backend-1");
    expect(parseMigrationRecord(record)).toMatchObject({ mode: "rehearse", finished: true });
    expect(parseRecord(record)).toBeNull();
  });

  it("counts what is there: an organization's objects by kind, and the server's users", async () => {
    const rig = new MigrationRig();
    const { record } = await rig.up();
    const { data } = rig.sim.source;
    const of = (organization: string, kind: string) =>
      record!.counts.new.find((each) => each.organization === organization && each.kind === kind)?.count;
    expect(of("", "users")).toBe(data.users.length);
    for (const name of data.organizations) {
      const base = `organizations/${name}`;
      expect(of(name, "nodes")).toBe(data.below(`${base}/nodes`).length);
      expect(of(name, "acls")).toBe(data.below(`${base}/acls`).length);
      expect(of(name, "data_bag_items")).toBe(data.below(`${base}/data_bags`).length);
      const cookbooks = new Set(data.below(`${base}/cookbooks`).map((path) => path.split("/")[3]));
      expect(of(name, "cookbooks")).toBe(cookbooks.size);
    }
  });

  it("opens the old frontends again when an object is lost on the way, and names the kind and the organization", async () => {
    const rig = new MigrationRig();
    const path = rig.sim.source.data.below("organizations/acme/roles")[0]!;
    rig.sim.switches("frontend-1").knifeLoses.push(path);
    const result = await rig.up();
    expect(problemOf(result)).toMatch(/acme: (\d+) roles on the old side, \d+ on the new one/);
    expect(problemOf(result)).toContain("The old frontend old-frontend-1 is open again");
    expectServing(rig);
    expect(result.record).toMatchObject({ migrated: false, finished: false });

    rig.sim.switches("frontend-1").knifeLoses.length = 0;
    expectMigrated(rig, await rig.up());
  });

  it.each([
    ["the backup", "old-frontend-1", "knifeBackupFails"],
    ["the restore", "frontend-1", "knifeRestoreFails"],
  ] as const)(
    "opens the old frontends again when %s fails, and begins the copy anew the next time",
    async (_what, node, fault) => {
      const rig = new MigrationRig();
      rig.sim.switches(node)[fault] = { code: 100, message: "ERROR: no space left on device" };
      const result = await rig.up();
      expect(problemOf(result)).toContain("no space left on device");
      expectServing(rig);
      rig.sim.switches(node)[fault] = null;
      expectMigrated(rig, await rig.up());
    },
  );

  it.each([
    ["backup", "old-frontend-1"],
    ["restore", "frontend-1"],
  ] as const)("does not believe a %s that ends with 0 and has left objects out", async (_what, node) => {
    const rig = new MigrationRig();
    for (const rehearse of [true, false]) {
      const { knifeErrors } = rig.sim.switches(node);
      knifeErrors.push(rig.sim.source.data.below("organizations/lab/nodes")[0]!);
      expect(problemOf(await rig.up({ rehearse }))).toMatch(
        /ended with 0, but objects have failed: see .*errors\/(backup|restore)-.*\.json/,
      );
      expectServing(rig);
      knifeErrors.length = 0;
      expect(problemOf(await rig.up({ rehearse }))).toBeNull();
    }
    expectMigrated(rig, await rig.up());
  });
});

const broken = { code: 1, message: "ERROR: it broke" };

describe("a migration that fails while the new system is built", () => {
  it.each([
    ["an installation", "backend-2", { installFails: broken }, /it broke/],
    ["create-cluster", "backend-1", { setupFails: broken }, /it broke/],
    ["join-cluster", "backend-3", { setupFails: broken }, /it broke/],
    [
      "a backend that never catches up",
      "backend-2",
      { rejoinFails: "partially_synced" },
      /the new cluster is not healthy after 1800 s/,
    ],
    ["the first frontend", "frontend-1", { reconfigureFails: broken }, /it broke/],
    ["another frontend", "frontend-2", { reconfigureFails: broken }, /it broke/],
  ] as const)(
    "%s: nothing after it is begun, the old system serves, the next run goes on",
    async (_what, node, fault, says) => {
      const rig = new MigrationRig();
      const quiet = { ...rig.sim.switches(node) };
      Object.assign(rig.sim.switches(node), fault);
      expect(problemOf(await rig.up())).toMatch(says);
      expectServing(rig);
      expect(rig.commands().filter((each) => / (stop|ec backup)$/.test(each))).toEqual([]);
      Object.assign(rig.sim.switches(node), quiet);
      expectMigrated(rig, await rig.up());
      expect(rig.sim.target.maxOut).toBeLessThanOrEqual(1);
    },
  );
});

describe("an old frontend", () => {
  it("that cannot be opened again: that is what the error says first, and the next run goes on", async () => {
    const rig = new MigrationRig();
    rig.sim.switches("frontend-1").knifeRestoreFails = broken;
    rig.sim.switches("old-frontend-1").startFails = broken;
    const result = await rig.up();
    expect(failureText(result)).toMatch(/^THE OLD FRONTENDS ARE CLOSED \(old-frontend-1\)/);
    expect(failureText(result)).toContain("Opening the old frontend old-frontend-1 failed");
    expect(rig.sim.source.serving).toEqual(["old-frontend-2"]);
    rig.sim.switches("frontend-1").knifeRestoreFails = null;
    rig.sim.switches("old-frontend-1").startFails = null;
    expectMigrated(rig, await rig.up());
  });
});

describe("a rehearsal", () => {
  it("fills the new server while the old one serves, shows what is different, and stops nothing", async () => {
    const rig = new MigrationRig();
    const result = await rig.up({ rehearse: true, allowDowntime: null });
    expect(problemOf(result)).toBeNull();
    expect(rig.commands().filter((each) => / (stop|start)$/.test(each))).toEqual([]);
    expectServing(rig);
    expect(result.record).toMatchObject({ mode: "rehearse", finished: true, migrated: false });
    expect(result.timings.map(({ step }) => step)).toEqual(
      expect.arrayContaining(["old-frontend-1/backup", "frontend-1/restore", "cluster/compare"]),
    );
    // Somebody wrote while the backup ran: that is no failure here.
    expect(rig.sim.source.created.length).toBeGreaterThan(0);
    expect(differences(countTable(result.record!.counts.old, result.record!.counts.new))).toEqual([]);
    expect((await rig.up({ rehearse: true })).touched).toBe(false);
  });

  it("ends well though something is different, and says what", async () => {
    const rig = new MigrationRig();
    rig.sim.switches("frontend-1").knifeLoses.push(rig.sim.source.data.below("organizations/acme/roles")[0]!);
    const result = await rig.up({ rehearse: true });
    expect(problemOf(result)).toBeNull();
    expect(rig.texts("warning")).toEqual([
      "Different on the new side: acme: 2 roles on the old side, 1 on the new one",
    ]);
    expectServing(rig);
  });

  it("is not held up by a client that comes while it runs; the real one stops at such a group of clients", async () => {
    const rig = new MigrationRig();
    const { data } = rig.sim.source;
    const path = "organizations/acme/groups/clients.json";
    const group = () => data.json<{ clients: string[] }>(path)!;
    const [left, ...clients] = group().clients;
    data.put(path, { ...group(), clients });
    expect(problemOf(await rig.up({ rehearse: true }))).toBeNull();
    const result = await rig.up();
    expect(problemOf(result)).toMatch(/ended with 3/);
    expect(result.failure!.error).toMatchObject({
      message: expect.stringContaining("1 missing clients in acme's client group") as string,
    });
    expectServing(rig);
    data.put(path, { ...group(), clients: [left, ...group().clients] });
    expectMigrated(rig, await rig.up());
  });

  it("is followed by the real one: what was made since is there, what was deleted since is gone", async () => {
    const rig = new MigrationRig();
    expect(problemOf(await rig.up({ rehearse: true }))).toBeNull();
    const { data } = rig.sim.source;
    for (const path of data.below("organizations/acme/nodes").slice(0, 2)) {
      const name = path.replace(/^.*\/|\.json$/g, "");
      for (const each of data.below("organizations/acme").filter((file) => file.endsWith(`/${name}.json`)))
        data.remove(each);
      const group = data.json<{ clients: string[] }>("organizations/acme/groups/clients.json")!;
      data.put("organizations/acme/groups/clients.json", {
        ...group,
        clients: group.clients.filter((client) => client !== name),
      });
    }
    data.addNode("acme", "made-since", 0);
    const built = rig.commands().length;
    const result = await rig.up();
    expectMigrated(rig, result);
    expect(rig.commands().slice(built)).toEqual(["old-frontend-1 stop", "old-frontend-2 stop", ...copying]);
  });

  it("names an organization that was deleted since: no purge removes it", async () => {
    const rig = new MigrationRig();
    await rig.up({ rehearse: true });
    rig.sim.source.data.remove("organizations/lab");
    const result = await rig.up();
    expect(problemOf(result)).toMatch(/lab: 0 nodes on the old side, \d+ on the new one/);
    expectServing(rig);
  });
});
