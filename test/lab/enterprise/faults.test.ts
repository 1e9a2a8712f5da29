import { ctl, rig, status } from "./rig";

type Rig = ReturnType<typeof rig>;
const views = async ({ well }: Rig) => [
  await well("backend-1", "cat", status),
  await well("backend-2", "cat", status),
];
const upgradePair = async ({ well, untilCopied, seconds }: Rig) => {
  await untilCopied();
  await well("backend-2", ctl, "upgrade");
  await seconds(60);
};
const dance = async ({ well, seconds }: Rig) => {
  await well("backend-2", ctl, "stop", "keepalived");
  await well("backend-1", ctl, "restart", "keepalived");
  await seconds(60);
  await well("backend-2", ctl, "restart", "keepalived");
  await seconds(60);
};

describe("upgrade of the primary", () => {
  test("times out as often as it is told, then goes on to the end", async () => {
    const { sim, exec, well, untilCopied } = rig();
    sim.switches("backend-1").upgradeTimesOut = 2;
    await expect(untilCopied()).rejects.toThrow(
      "Mixlib::ShellOut::CommandTimeout: Command timed out after 600s",
    );
    expect(sim.machine("backend-1").opscode.has("pivotal.pem")).toBe(true);
    const before = sim.machine("backend-1").opscode.get("private-chef-secrets.json");
    expect((await exec("backend-1", ctl, "upgrade")).code).toBe(1);
    expect(await well("backend-1", ctl, "upgrade")).toContain("Chef Server Upgraded!");
    expect(sim.machine("backend-1").opscode.get("private-chef-secrets.json")).toEqual(before);
    expect(await well("backend-1", ctl, "upgrade")).toBe("Chef Server Upgraded!\n");
    expect(sim.accidents).toEqual([]);
  });

  test("fails in other words, and hangs until it is let go", async () => {
    const { sim, clock, start, untilCopied, exec } = rig();
    sim.switches("backend-1").upgradeFails = { code: 1, message: "no such table" };
    await expect(untilCopied()).rejects.toThrow("RuntimeError: no such table");
    sim.switches("backend-1").upgradeFails = null;
    sim.switches("backend-1").upgradeHangs = true;
    const hangs = start("backend-1", [ctl, "upgrade"]);
    await clock.advance(10_000_000);
    expect(sim.upgradedVersions()["backend-1"]).toBe("1.4.6-1");
    sim.switches("backend-1").upgradeHangs = false;
    expect((await clock.run(hangs)).code).toBe(0);
    expect((await exec("backend-1", ctl, "version")).stdout).toBe("11.3.2\n");
  });

  test("beside another upgrade nothing is done, and success told", async () => {
    const { sim, well, install } = rig();
    await install("backend-1");
    sim.switches("backend-1").upgradeLocked = true;
    expect(await well("backend-1", ctl, "upgrade")).toMatch(
      /^ERROR: Unable to obtain file lock on .*\nChef Server Upgraded!\n$/,
    );
    expect(sim.machine("backend-1").upgradeOwed).toBe(true);
  });

  test("is refused where the backend is not the active one", async () => {
    const { well, exec, install } = rig({ master: "secondary" });
    for (const node of ["frontend-1", "frontend-2"]) await well(node, ctl, "stop");
    await install("backend-1");
    const { code, stderr } = await exec("backend-1", ctl, "upgrade");
    expect([code, stderr]).toEqual([1, expect.stringContaining("must be the HA-master")]);
  });
});

describe("accidents", () => {
  test("the other backend, or a frontend, before the primary; and without its /etc/opscode", async () => {
    const { sim, well, exec, install, seconds } = rig();
    for (const node of ["frontend-1", "frontend-2"]) await well(node, ctl, "stop");
    await well("backend-2", ctl, "stop", "keepalived");
    await seconds(60);
    for (const { name } of sim.machines) await install(name);
    for (const node of ["backend-2", "frontend-1"]) expect((await exec(node, ctl, "upgrade")).code).toBe(1);
    await well("backend-1", ctl, "upgrade");
    for (const node of ["backend-2", "frontend-1"]) expect((await exec(node, ctl, "upgrade")).code).toBe(1);
    expect(sim.accidents).toEqual([
      "backend-2: upgrade before backend-1 was upgraded",
      "frontend-1: upgrade before backend-1 was upgraded",
      "backend-2: upgrade without backend-1's /etc/opscode/dark_launch_features.json",
      "frontend-1: upgrade without backend-1's /etc/opscode/dark_launch_features.json",
    ]);
  });

  test.each([
    ["a mode", { mode: 0o644 }],
    ["an owner", { owner: "root:root" }],
  ])("%s that was not copied is enough", async (_what, change) => {
    const { sim, exec, untilCopied } = rig();
    await untilCopied();
    const { opscode } = sim.machine("backend-2");
    sim.machine("backend-2").opscode = new Map([
      ...opscode,
      ["pivotal.pem", { ...opscode.get("pivotal.pem")!, ...change }],
    ]);
    expect((await exec("backend-2", ctl, "upgrade")).code).toBe(1);
    expect(sim.accidents).toEqual(["backend-2: upgrade without backend-1's /etc/opscode/pivotal.pem"]);
  });

  test("a machine's own private-chef-running.json is nobody else's", async () => {
    const { sim, throughout } = rig();
    await throughout();
    const own = sim.machines.map(({ opscode }) => opscode.get("private-chef-running.json")!.content);
    expect(new Set(own).size).toBe(4);
  });

  test("two frontends at once before a first one alone; afterwards any number", async () => {
    const bold = rig();
    await bold.untilCopied();
    await bold.well("backend-2", ctl, "upgrade");
    const both = ["frontend-1", "frontend-2"].map((node) => bold.start(node, [ctl, "upgrade"]));
    await bold.clock.run(Promise.all(both));
    expect(bold.sim.accidents).toEqual([
      "frontend-2: upgrade beside frontend-1, before a first frontend was upgraded alone",
    ]);
    const frontends = [1, 2, 3].map((at) => ({ name: `frontend-${at}`, ip: `192.168.33.${224 + at}` }));
    const careful = rig({ frontends });
    await careful.untilCopied();
    for (const node of ["backend-2", "frontend-1"]) await careful.well(node, ctl, "upgrade");
    const others = ["frontend-2", "frontend-3"].map((node) => careful.start(node, [ctl, "upgrade"]));
    await careful.clock.run(Promise.all(others));
    expect(careful.sim.accidents).toEqual([]);
  });

  test("the package beside a running keepalived or frontend, upgrade beside one, services before upgrade", async () => {
    const { sim, exec, well, install } = rig();
    await install("frontend-1");
    await install("backend-1");
    await well("backend-1", ctl, "upgrade");
    await well("frontend-1", ctl, "stop");
    await exec("frontend-1", ctl, "start");
    expect(sim.accidents).toEqual([
      "frontend-1: the package was installed while its services ran",
      "backend-1: the package was installed while keepalived ran on backend-2",
      "backend-1: upgrade while services of frontend-1, frontend-2 ran",
      "backend-1: upgrade while keepalived ran on backend-2",
      "frontend-1: services were started between the package and its upgrade",
    ]);
  });

  test("reconfigure on both backends at once; cleanup before everything is upgraded", async () => {
    const { sim, clock, start, well, untilCopied } = rig();
    await clock.run(Promise.all(["backend-1", "backend-2"].map((node) => start(node, [ctl, "reconfigure"]))));
    await untilCopied();
    await well("backend-1", ctl, "cleanup");
    expect(sim.accidents).toEqual([
      "backend-2: reconfigure beside the reconfigure of backend-1",
      "backend-1: cleanup before backend-2, frontend-1, frontend-2 was upgraded",
    ]);
    expect(sim.oldData).toEqual(["backend-2"]);
  });
});

describe("keepalived after the other backend's upgrade", () => {
  test.each([
    ["both master", ["master\n", "master\n"], "backend-1"],
    ["both backup", ["backup\n", "backup\n"], null],
    ["swapped", ["backup\n", "master\n"], "backend-2"],
  ] as const)("%s: the vendor's dance mends it", async (fault, seen, master) => {
    const r = rig();
    r.sim.switches("backend-2").keepalivedAfterUpgrade = fault;
    await upgradePair(r);
    expect(await views(r)).toEqual(seen);
    expect(r.sim.master).toBe(master);
    await dance(r);
    expect(await views(r)).toEqual(["master\n", "backup\n"]);
    expect(r.sim.machine("backend-1").complete).toBe(true);
  });

  test("for good: it does not; nor does half of it", async () => {
    const r = rig();
    r.sim.switches("backend-2").keepalivedAfterUpgrade = "both backup for good";
    await upgradePair(r);
    await dance(r);
    expect(await views(r)).toEqual(["backup\n", "backup\n"]);
    r.sim.keepalived.fault = "both backup";
    await r.well("backend-1", ctl, "restart", "keepalived");
    await r.well("backend-2", ctl, "restart", "keepalived");
    await r.seconds(60);
    expect(r.sim.master).toBeNull();
  });

  test("a machine that goes down loses the lead, and does not take it back by itself", async () => {
    const { sim, seconds } = rig();
    sim.nodeDown("backend-1");
    await seconds(60);
    expect(sim.master).toBe("backend-2");
    sim.nodeUp("backend-1");
    await seconds(60);
    expect([sim.master, sim.accidents]).toEqual(["backend-2", []]);
  });
});

describe("cleanup", () => {
  test("destroys CouchDB's data once, and says nothing new when repeated", async () => {
    const { sim, throughout, well, exec } = rig();
    await throughout();
    expect(await well("backend-1", "stat", "-c", "%F", "/var/opt/opscode/couchdb")).toBe("directory\n");
    sim.switches("backend-1").cleanupFails = { code: 1, message: "ERROR: disk is busy" };
    expect((await exec("backend-1", ctl, "cleanup")).code).toBe(1);
    expect(sim.oldData).toEqual(["backend-1", "backend-2"]);
    sim.switches("backend-1").cleanupFails = null;
    for (const { name } of sim.machines) await well(name, ctl, "cleanup");
    expect([sim.oldData, sim.accidents]).toEqual([[], []]);
    expect((await exec("backend-1", "stat", "-c", "%F", "/var/opt/opscode/couchdb")).code).toBe(1);
    expect((await exec("backend-1", ctl, "status")).stdout).not.toContain("couchdb");
    expect(await well("backend-2", ctl, "cleanup")).not.toContain("Removing");
  });
});

describe("services", () => {
  test("one that stays down, one that does not stop in time, a start that fails", async () => {
    const { sim, exec } = rig();
    sim.switches("frontend-1").stopTimesOut = "nginx";
    const stopped = await exec("frontend-1", ctl, "stop");
    expect([stopped.code, stopped.stdout]).toEqual([
      1,
      expect.stringMatching(/^timeout: run: nginx: \(pid \d+\) \d+s, want down, got TERM$/m),
    ]);
    expect(sim.machine("frontend-1").anythingRuns).toBe(true);
    sim.switches("frontend-1").serviceDown = "nginx";
    expect((await exec("frontend-1", ctl, "status")).stdout).toMatch(
      /^down: nginx: \d+s, normally up; run: log: /m,
    );
    expect(sim.serving).toEqual(["frontend-2"]);
    const started = await exec("frontend-1", ctl, "start");
    expect([started.code, started.stdout]).toEqual([1, expect.stringContaining("timeout: down: nginx: 1s")]);
    sim.switches("frontend-2").startFails = { code: 1, message: "ERROR: no runsvdir" };
    expect((await exec("frontend-2", ctl, "start")).stderr).toBe("ERROR: no runsvdir\n");
  });

  test("a reboot starts what was stopped", async () => {
    const { sim, well, seconds } = rig();
    await well("backend-2", ctl, "stop", "keepalived");
    sim.reboot("backend-2");
    await seconds(120);
    expect(sim.machine("backend-2").running("keepalived")).toBe(true);
  });
});
