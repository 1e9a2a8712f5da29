import { ctl, rig } from "./rig";

describe("DRBD", () => {
  const seen = async ({ well }: ReturnType<typeof rig>, node: string) => {
    const line = (await well(node, "cat", "/proc/drbd")).split("\n")[2];
    const words = await Promise.all(
      ["cstate", "role", "dstate"].map(async (verb) => (await well(node, "drbdadm", verb, "all")).trim()),
    );
    expect(line).toBe(` 0: cs:${words[0]} ro:${words[1]} ds:${words[2]} C r-----`);
    return words;
  };

  test("healthy: /proc/drbd in the format of 8.3, and drbdadm says the same", async () => {
    const r = rig();
    expect(await seen(r, "backend-1")).toEqual(["Connected", "Primary/Secondary", "UpToDate/UpToDate"]);
    expect(await seen(r, "backend-2")).toEqual(["Connected", "Secondary/Primary", "UpToDate/UpToDate"]);
    expect(await r.well("backend-1", "cat", "/proc/drbd")).toBe(`version: 8.3.11 (api:88/proto:86-96)
srcversion: 41C52C8CD882E47FB5AF767
 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----
    ns:1048508 nr:0 dw:1048508 dr:1060 al:257 bm:64 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
`);
  });

  test.each([
    ["WFConnection", ["WFConnection", "Primary/Unknown", "UpToDate/DUnknown"], "WFConnection"],
    ["StandAlone", ["StandAlone", "Primary/Unknown", "UpToDate/DUnknown"], "WFConnection"],
    ["SyncSource", ["SyncSource", "Primary/Secondary", "UpToDate/Inconsistent"], "SyncTarget"],
    ["SyncTarget", ["SyncTarget", "Primary/Secondary", "Inconsistent/UpToDate"], "SyncSource"],
    ["Inconsistent", ["Connected", "Primary/Secondary", "Inconsistent/UpToDate"], "Connected"],
    ["DUnknown", ["Connected", "Primary/Secondary", "UpToDate/DUnknown"], "Connected"],
  ] as const)("%s on one backend, and what the other one sees", async (fault, own, other) => {
    const r = rig();
    r.sim.switches("backend-1").drbd = fault;
    expect(await seen(r, "backend-1")).toEqual(own);
    expect((await seen(r, "backend-2"))[0]).toBe(other);
    const syncing = /^\t\[=*>\.*\] sync'ed: 12\.3% /m.test(await r.well("backend-1", "cat", "/proc/drbd"));
    expect(syncing).toBe(fault.startsWith("Sync"));
  });

  test("a peer that is down, a kernel module that is not there, and no drbdadm on a frontend", async () => {
    const r = rig();
    r.sim.nodeDown("backend-2");
    expect(await seen(r, "backend-1")).toEqual(["WFConnection", "Primary/Unknown", "UpToDate/DUnknown"]);
    r.sim.switches("backend-1").drbd = "missing";
    expect((await r.exec("backend-1", "cat", "/proc/drbd")).code).toBe(1);
    expect(await r.well("backend-1", "drbdadm", "dstate", "all")).toBe("Unconfigured\n");
    expect((await r.exec("frontend-1", "drbdadm", "role", "all")).code).toBe(127);
  });

  test("a failover onto a disk that does not have everything is an accident", async () => {
    const { sim, well, seconds } = rig({ master: "secondary" });
    sim.switches("backend-1").drbd = "SyncTarget";
    await well("backend-2", ctl, "stop", "keepalived");
    await seconds(60);
    expect(sim.accidents).toEqual(["backend-1: became master on a disk that does not have everything"]);
  });
});

describe("private-chef.rb", () => {
  test("one file for all machines: only the bootstrap backend's entry is marked", async () => {
    const { well } = rig();
    const text = await well("backend-1", "cat", "/etc/opscode/private-chef.rb");
    expect(await well("frontend-2", "cat", "/etc/opscode/private-chef.rb")).toBe(text);
    expect(text.match(/^server "[\w.-]+",\n(?: {2}:.*\n)+/gm)).toEqual([
      'server "backend-1.lab.example.com",\n  :ipaddress => "192.168.33.215",\n  :role => "backend",\n  :bootstrap => true\n',
      'server "backend-2.lab.example.com",\n  :ipaddress => "192.168.33.216",\n  :role => "backend"\n',
      'server "frontend-1.lab.example.com",\n  :ipaddress => "192.168.33.225",\n  :role => "frontend"\n',
      'server "frontend-2.lab.example.com",\n  :ipaddress => "192.168.33.226",\n  :role => "frontend"\n',
    ]);
  });

  test("a file for each machine: only the bootstrap backend's has a mark", async () => {
    const { sim } = rig({ privateChefRb: "per machine" });
    const marked = sim.machines.map(({ opscode }) =>
      opscode.get("private-chef.rb")!.content.includes(":bootstrap => true"),
    );
    expect(marked).toEqual([true, false, false, false]);
  });
});

describe("private-chef-ctl", () => {
  test("status: runit's lines; on the backup keepalived alone runs, and the first one that is down gives the code", async () => {
    const { exec } = rig();
    const active = await exec("backend-1", ctl, "status");
    expect(active.code).toBe(0);
    expect(active.stdout).toMatch(/^run: keepalived: \(pid \d+\) 1079\d\ds; run: log: \(pid \d+\) \d+s$/m);
    expect(active.stdout).toMatch(/^run: couchdb: \(pid \d+\) 1079\d\ds, normally down; run: log: /m);
    const backup = await exec("backend-2", ctl, "status");
    expect(backup.code).toBe(3);
    expect(backup.stdout.split("\n").filter((line) => line.startsWith("run:"))).toHaveLength(1);
    expect(backup.stdout).toMatch(/^down: postgresql: 1079\d\ds; run: log: /m);
    expect((await exec("frontend-1", ctl, "status")).stdout).toMatch(
      /^run: nginx: \(pid \d+\) 1079\d\ds; run: log: /m,
    );
  });

  test("after the upgrade opscode-chef-mover is down on the backends; cleanup says so, and nothing else", async () => {
    const { throughout, exec, well } = rig();
    await throughout();
    for (const node of ["backend-1", "backend-2"]) {
      const { code, stdout } = await exec(node, ctl, "status");
      expect([code, stdout]).toEqual([
        3,
        expect.stringMatching(/^down: opscode-chef-mover: \d+s; run: log/m),
      ]);
    }
    expect(await well("backend-1", ctl, "cleanup")).toBe("[ERROR] opscode-chef-mover is not running\n");
    expect(await well("frontend-1", ctl, "cleanup", "--no-op")).toMatch(
      / - Would delete existing directory /,
    );
    expect(await well("frontend-1", ctl, "cleanup")).toBe("");
    expect(await well("frontend-1", ctl, "status")).not.toContain("mover");
    const { stdout } = await exec("backend-1", ctl, "status");
    const ages = [...stdout.matchAll(/^run: ([\w-]+): \(pid \d+\) (\d+)s/gm)].map(([, name, age]) => [
      name,
      Number(age) < 1000,
    ]);
    expect(ages.filter(([, young]) => !young)).toEqual([["keepalived", false]]);
  });

  test("stop and start of all and of one; root alone; unknown words", async () => {
    const { well, exec, clock, sim } = rig();
    expect(await well("frontend-1", ctl, "stop", "nginx")).toBe("ok: down: nginx: 0s, normally up\n");
    expect(await well("frontend-1", ctl, "start", "nginx")).toMatch(/^ok: run: nginx: \(pid \d+\) 0s\n$/);
    expect((await well("frontend-1", ctl, "stop")).split("\n")).toHaveLength(7);
    expect((await well("backend-2", ctl, "start")).trim()).toMatch(/^ok: run: keepalived: \(pid \d+\) 0s$/);
    expect(await exec("frontend-1", ctl, "stop", "mysql")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await exec("frontend-1", ctl, "obliterate")).stderr).toContain("Usage: private-chef-ctl");
    const plain = await clock.run(sim.exec("frontend-1", [ctl, "stop"], { user: "chef" }));
    expect(plain).toMatchObject({ code: 1, stderr: "private-chef-ctl must be run as root.\n" });
  });

  test("reconfigure starts what is stopped", async () => {
    const { well, sim } = rig();
    await well("frontend-1", ctl, "stop");
    expect(sim.serving).toEqual(["frontend-2"]);
    expect(await well("frontend-1", ctl, "reconfigure")).toMatch(/^opscode Reconfigured!\n$/m);
    expect(sim.serving).toEqual(["frontend-1", "frontend-2"]);
  });
});

describe("ha-status", () => {
  test("healthy: a line for each check, and 0; on a frontend there is none", async () => {
    const { exec, well } = rig();
    const master = await well("backend-1", ctl, "ha-status");
    expect(master.split("\n").slice(0, 11)).toEqual([
      "[OK] keepalived HA services enabled.",
      "[OK] DRBD disk replication enabled.",
      "[OK] DRBD partition /dev/opscode/drbd found.",
      "[OK] DRBD device /dev/drbd0 found.",
      "[OK] cluster status = master",
      "[OK] found VIP IP address and I am master",
      "[OK] found VRRP communications interface eth0",
      "[OK] my DRBD status is Connected/Primary/UpToDate and I am master",
      "[OK] my DRBD partition is mounted and I am master",
      "[OK] DRBD primary IP address pings",
      "[OK] DRBD secondary IP address pings",
    ]);
    expect(master).toMatch(/^\[OK\] postgresql is running correctly, and I am master\.$/m);
    expect(master).toMatch(/\n\n\[OK\] all checks passed\.\n\n$/);
    const standby = await well("backend-2", ctl, "ha-status");
    expect(standby).toMatch(/^\[OK\] keepalived is running\.$/m);
    expect(standby).toMatch(/^\[OK\] nginx is not running, and I am not master\.$/m);
    expect(await exec("frontend-1", ctl, "ha-status")).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^\[ERROR\] keepalived HA services not enabled, .*\n$/) as string,
    });
  });

  test("the code is that of the last check that failed", async () => {
    const { exec, sim } = rig();
    sim.switches("backend-1").drbd = "StandAlone";
    const alone = await exec("backend-1", ctl, "ha-status");
    expect([alone.code, alone.stdout]).toEqual([
      4,
      expect.stringContaining(
        "[ERROR] my DRBD status is: cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown\n",
      ),
    ]);
    expect(alone.stdout).toMatch(/\n\n\[ERROR\] ERRORS WERE DETECTED\.\n\n$/);
    sim.switches("backend-1").serviceDown = "nginx";
    expect((await exec("backend-1", ctl, "ha-status")).code).toBe(7);
    sim.switches("backend-1").drbd = "missing";
    expect((await exec("backend-1", ctl, "ha-status")).code).toBe(1);
  });

  test("leftovers of 1.4 between upgrade and cleanup", async () => {
    const { exec, sim, throughout, well } = rig();
    for (const { name } of sim.machines) sim.switches(name).leftovers = ["nagios", "opscode-authz"];
    expect(await well("frontend-1", ctl, "status")).not.toContain("nagios");
    await throughout();
    expect((await exec("frontend-1", ctl, "status")).stdout).toMatch(
      /^down: nagios: \d+s, normally up; run: log/m,
    );
    const between = await exec("backend-1", ctl, "ha-status");
    expect([between.code, between.stdout]).toEqual([
      7,
      expect.stringContaining("[ERROR] nagios is not running.\n"),
    ]);
    await well("frontend-1", ctl, "cleanup");
    expect((await exec("frontend-1", ctl, "status")).stdout).not.toContain("nagios");
  });
});

describe("packages", () => {
  test("dpkg -D10 tells of each file that it processes; without it dpkg does not", async () => {
    const { exec, path } = rig();
    const { code, stdout, stderr } = await exec("backend-1", "dpkg", "-D10", "-i", path);
    expect([code, stdout]).toEqual([0, expect.stringContaining("Setting up private-chef (11.3.2-1)")]);
    expect(stderr).toMatch(/^D000010: tarobject ti->name='\.\/opt\/opscode\/bin\/' mode=40755 /);
    expect((await exec("backend-2", "dpkg", "-i", path)).stderr).toBe("");
  });

  test("rpm: the whole upgrade", async () => {
    const { sim, throughout, well, path } = rig({ platform: "rpm" });
    expect(path).toBe("/srv/private-chef-11.3.2-1.el6.x86_64.rpm");
    await throughout();
    expect(await well("frontend-2", "rpm", "-q", "--qf", "%{VERSION}-%{RELEASE}", "private-chef")).toBe(
      "11.3.2-1.el6",
    );
    expect([new Set(Object.values(sim.upgradedVersions())), sim.accidents]).toEqual([
      new Set(["11.3.2-1.el6"]),
      [],
    ]);
  });
});

describe("/etc/opscode in memory", () => {
  test("cat, stat, sha256sum and find see names, kinds, modes and owners", async () => {
    const { well, exec } = rig();
    const find = (...words: string[]) => well("backend-1", "find", "/etc/opscode", ...words);
    expect(await find("-mindepth", "1", "-type", "d", "-printf", "%P %m %u:%g\\n")).toBe(
      "logrotate.d 755 root:root\nssl 700 root:root\n",
    );
    expect(await find("-type", "l", "-printf", "%P %y %l\\n")).toBe(
      "ssl/current.key l chef.lab.example.com.key\n",
    );
    expect(await well("backend-1", "stat", "-c", "%a %U:%G %F", "/etc/opscode/webui_priv.pem")).toBe(
      "600 opscode:opscode regular file\n",
    );
    expect(await well("backend-1", "sha256sum", "/etc/opscode/what we changed.txt")).toMatch(
      /^[0-9a-f]{64} {2}\//,
    );
    expect((await exec("backend-1", "cat", "/etc/opscode/ssl")).stderr).toContain("Is a directory");
    expect((await exec("backend-1", "cat", "/etc/opscode/pivotal.pem")).code).toBe(1);
  });
});
