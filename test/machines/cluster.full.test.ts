import { parseClusterStatus } from "../../provider/chef/cluster/clusterTable";
import { healthy, inputsFor, logins } from "./lab/asClient";
import { clusterIsWhole, shortIntervals } from "./lab/cluster";
import { waitFor } from "./lab/host";
import type { Machine } from "./lab/machine";
import { describeMachines } from "./lab/requirements";
import { type Machines, startMachines } from "./lab/startMachines";
import { askPatroni, parseTold } from "./lab/truth";
import { Writer } from "./lab/writer";

describeMachines("a cluster on machines", () => {
  let machines: Machines;
  beforeAll(async () => {
    const begun = Date.now();
    // A dead leader is waited for twice.
    machines = await startMachines({ intervals: { ...shortIntervals, leaderTtl: 12 } });
    console.log(`machines with a cluster: up in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  });
  let writer: Writer | undefined;
  afterAll(async () => {
    writer?.abandon();
    const begun = Date.now();
    await machines?.close();
    console.log(`machines with a cluster: down in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  });

  test.each(["root", "sudo", "throughBastion"] as const)("the provider reads it: %s", async (login) => {
    const state = await healthy(inputsFor(machines, { connection: logins[login](machines) }));
    expect(state.nodes.map(({ root, family, os }) => ({ root, family, os }))).toEqual(
      machines.backends.map(() => ({ root: true, family: "deb", os: expect.stringContaining("Debian") })),
    );
    expect(state.nodes.map((node) => node.package.version)).toEqual(["2.1.0-1", "2.1.0-1", "2.1.0-1"]);
    expect(state.nodes.map((node) => node.running.kind)).toEqual(["installed", "installed", "installed"]);
    expect(state.nodes.map((node) => node.indexVersion)).toEqual(["5.6.16", "5.6.16", "5.6.16"]);
  });

  test("status prints the two tables of the vendor's example; a full disk is named in the second", async () => {
    const [machine, other] = machines.backends as [Machine, Machine];
    const status = () => machine.run("chef-backend-ctl status");
    const rows = (view: string) => new RegExp(`^${view.replaceAll("#", "\\d+")}$`, "m");
    const text = (await status()).replace(/ \(pid \d+\) +/g, " (pid N) ").replace(/(\d+[dhms] )+ */g, "T ");
    expect(text).toBe(`Service        Local Status         Time in State   Distributed Node Status
leaderl        running (pid N) T leader: 1; waiting: 0; follower: 2; total: 3
epmd           running (pid N) T status: local-only
etcd           running (pid N) T health: green; healthy nodes: 3/3
postgresql     running (pid N) T leader: 1; offline: 0; syncing: 0; synced: 2
elasticsearch  running (pid N) T state: green; nodes online: 3/3

System  Local Status                                          Distributed Node Status
disks   /var/log/chef-backend: OK; /var/opt/chef-backend: OK  health: green; healthy nodes: 3/3
`);
    await machine.fillDisk(100);
    const full = rows("disks .*/var/opt/chef-backend: only #MB free {2}health: yellow; healthy nodes: 2/3");
    await waitFor("the disk counts as full", 30, async () => full.test(await status()));
    expect(await other.run("chef-backend-ctl status")).toMatch(rows("disks .*: OK {2}health: yellow; .*"));
    await machine.freeDisk();
    await clusterIsWhole(machines.backends, 60);
    await waitFor("the disk has room", 30, async () => /^disks .* health: green/m.test(await status()));
  });

  test("what a preflight asks: Elasticsearch's watermarks, and the marker of an accepted license", async () => {
    const query = "include_defaults=true&filter_path=*.cluster.routing.allocation.disk.watermark.low";
    for (const machine of machines.backends) {
      await machine.run("test -e /var/opt/chef-backend/.license.accepted");
      const answer = await machine.run(`curl -sS 'http://localhost:9200/_cluster/settings?${query}'`);
      expect(answer).toContain('"low": "85%"');
    }
  });

  test("who gave up the lead is a deposed leader for some seconds, then a follower", async () => {
    const leader = await machines.leader();
    const other = machines.backends.find((each) => each !== leader)!;
    await leader.run("chef-backend-ctl demote");
    const role = async () =>
      new RegExp(`^${leader.name} .* (\\w+) +follower `, "m").exec(
        await other.run("chef-backend-ctl cluster-status"),
      )?.[1];
    await waitFor("it is a deposed leader", 20, async () => (await role()) === "deposed_leader");
    await waitFor("it is a follower", 30, async () => (await role()) === "follower");
    await clusterIsWhole(machines.backends, 60);
  });

  test("a backup is made on a follower, and refused on the leader", async () => {
    const leader = await machines.leader();
    const follower = machines.backends.find((each) => each !== leader)!;
    expect((await leader.attempt("chef-backend-ctl backup")).code).toBe(1);
    await follower.run("chef-backend-ctl backup --timeout 300");
    expect(await follower.run("tar tzf /var/opt/chef-backup/*.tar.gz | grep -c PG_VERSION")).not.toBe("0\n");
  });

  test("a follower is copied anew from the leader", async () => {
    const leader = await machines.leader();
    const follower = machines.backends.find((each) => each !== leader)!;
    const command = `chef-backend-ctl pgsql-follow --force-basebackup ${leader.ip}`;
    expect((await follower.attempt(command)).stderr).toContain("Usage: PSQL_INTERNAL_OK=true");
    const data = "/var/opt/chef-backend/postgresql/data";
    await follower.run(`touch ${data}/of-before`);
    await follower.run(`PSQL_INTERNAL_OK=true ${command}`);
    expect((await follower.attempt(`ls ${data}/of-before`)).code).not.toBe(0);
    await clusterIsWhole(machines.backends, 120);
  });

  test("the leader's machine dies: another is elected, the old one rejoins", async () => {
    const leader = await machines.leader();
    const rest = machines.backends.filter((each) => each !== leader);
    writer = await Writer.start(machines.vip);
    await leader.kill();
    await waitFor("another leads", 180, async () => (await machines.leader().catch(() => leader)) !== leader);
    const before = writer.acknowledged;
    await waitFor("rows are written again", 60, () => writer!.acknowledged > before);
    await waitFor("the dead one is missing from the table", 60, async () => {
      const { stdout } = await rest[0]!.attempt("chef-backend-ctl cluster-status");
      const rows = parseClusterStatus(stdout);
      return typeof rows !== "string" && rows.rows.length === 2;
    });
    await leader.boot();
    await clusterIsWhole(machines.backends, 180);
    const state = await healthy(inputsFor(machines));
    expect((await machines.leader()).name).not.toBe(leader.name);
    expect(state.nodes.find(({ name }) => name === leader.name)!.uptime).toBeLessThan(3600);
    const { acknowledged, lost, unknown, longestGapMs } = await writer.stop();
    console.log(
      `leader killed: ${acknowledged} rows acknowledged, ${lost} lost, ${unknown} unknown, longest gap ${longestGapMs} ms`,
    );
  });

  test("while failover is off nobody takes over, and the old leader comes back as leader", async () => {
    const leader = await machines.leader();
    const other = machines.backends.find((each) => each !== leader)!;
    await other.run("chef-backend-ctl set-cluster-failover off");
    expect((await leader.attempt("chef-backend-ctl demote")).code).toBe(1);
    await leader.kill();
    // Nobody holds the lead any more, and each has had time for several looks since (one a second).
    const rest = machines.backends.filter((each) => each !== leader);
    const unlocked = async (machine: Machine) =>
      parseTold((await machine.attempt(askPatroni(machine))).stdout).cluster_unlocked === true;
    await waitFor("the lead is free", 120, async () =>
      (await Promise.all(rest.map(unlocked))).every(Boolean),
    );
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    await expect(machines.leader()).rejects.toThrow("nobody leads");
    await leader.boot();
    await clusterIsWhole(machines.backends, 180);
    expect((await machines.leader()).name).toBe(leader.name);
    await leader.run("chef-backend-ctl set-cluster-failover on");
  });
});
