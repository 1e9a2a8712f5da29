import { rig, server } from "./rig";

const status = "/var/opt/opscode/keepalived/current_cluster_status";

test("two backends that share a disk, one of them active, and what they say of it", async () => {
  const { ok, exec, sim } = rig();
  expect(await ok("old-backend-1", "cat", status)).toBe("master\n");
  expect(await ok("old-backend-2", "cat", status)).toBe("backup\n");
  expect(await ok("old-backend-1", "cat", "/proc/drbd")).toContain(
    "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate",
  );
  expect(await ok("old-backend-2", "drbdadm", "role", "all")).toBe("Secondary/Primary\n");
  const config = await ok("old-frontend-1", "cat", "/etc/opscode/chef-server.rb");
  expect(config).toMatch(/^topology "ha"$/m);
  expect(config).toMatch(/backend_vip "backend\.lab\.example\.com",\n {2}:ipaddress => "192\.168\.33\.120"/);
  expect(await ok("old-backend-1", "hostname", "-I")).toContain("192.168.33.120");
  expect(await ok("old-backend-1", "dpkg-query", "-W", "-f", "${Version}", "chef-server-core")).toBe(
    "12.19.31-1",
  );
  expect(await ok("old-backend-1", server, "status")).toMatch(/^run: opscode-erchef: /m);
  expect(await ok("old-backend-2", server, "status")).toMatch(/^down: postgresql: /m);
  expect((await exec("old-frontend-1", server, "maintenance", "on")).code).toBe(1);
  expect((await exec("frontend-1", "cat", status)).code).toBe(1);
  expect(sim.accidents).toEqual([]);
});

test.each([
  ["WFConnection", "cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown"],
  ["StandAlone", "cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown"],
  ["SyncSource", "cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent"],
] as const)("DRBD that is not in step: %s", async (fault, line) => {
  const { ok, sim } = rig();
  sim.switches("old-backend-1").drbd = fault;
  expect(await ok("old-backend-1", "cat", "/proc/drbd")).toContain(line);
});

test("options: private-chef.rb, the other backend active, 14 with maintenance", async () => {
  const { ok, exec, sim } = rig({
    source: { configFile: "private-chef.rb", master: "old-backend-2", version: "14.16.19", frontends: 1 },
  });
  expect((await exec("old-backend-1", "cat", "/etc/opscode/chef-server.rb")).code).toBe(1);
  expect(await ok("old-backend-1", "cat", "/etc/opscode/private-chef.rb")).toContain(":bootstrap => true");
  expect(await ok("old-backend-2", "cat", status)).toBe("master\n");
  expect(sim.source.serving).toEqual(["old-frontend-1"]);
  await ok("old-frontend-1", server, "maintenance", "on");
  expect(sim.source.serving).toEqual([]);
  expect(
    (await exec("old-frontend-1", "curl", "-ksS", "-w", "%{http_code}", "https://localhost/_status")).stdout,
  ).toMatch(/503$/);
});

test("the active backend goes down: the other one takes over after a while", async () => {
  const { ok, sim, seconds } = rig();
  sim.nodeDown("old-backend-1");
  expect(sim.source.serving).toEqual([]);
  expect(await ok("old-backend-2", "cat", status)).toBe("backup\n");
  await seconds(31);
  expect(await ok("old-backend-2", "cat", status)).toBe("master\n");
  expect(sim.source.serving).toEqual(["old-frontend-1", "old-frontend-2"]);
});

test("accidents: anything but stopping writes, starting again and knife", async () => {
  const { exec, ok, packages, sim, stopOld } = rig();
  await stopOld();
  await ok("old-frontend-1", server, "start");
  expect(sim.accidents).toEqual([]);
  await exec("old-backend-2", server, "stop");
  await exec("old-frontend-2", "dpkg", "-i", packages.server);
  expect(sim.accidents).toEqual([
    "old-backend-2: chef-server-ctl stop ran on the old system",
    `old-frontend-2: dpkg -i ${packages.server} ran on the old system`,
  ]);
});
