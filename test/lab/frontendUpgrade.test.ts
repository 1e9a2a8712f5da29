import type { Platform } from "../../lab/simulation/types";
import { rig } from "./rig";

const server = "chef-server-ctl";
const level = "/var/opt/opscode/upgrades/migration-level";
const accepting = ["env", "CHEF_LICENSE=accept", server, "upgrade"] as const;
const installing = {
  deb: (file: string) => ["dpkg", "-iEG", file],
  rpm: (file: string) => ["rpm", "-Uvh", "--nopostun", file],
};

function twoFrontends(version = "14.16.19", platform: Platform = "deb") {
  const frontends = [1, 2].map((n) => ({ name: `frontend-${n}`, ip: `192.168.33.22${n}`, version }));
  const r = rig({ frontends, platform });
  const install = async (node: string, to = "15.9.38") => {
    const file = r.put({ name: "chef-server-core", version: to });
    expect((await r.exec(node, ...installing[platform](file))).code).toBe(0);
  };
  return { ...r, install };
}

test.each(["deb", "rpm"] as const)(
  "the vendor's procedure, one frontend after the other: %s",
  async (platform) => {
    const { sim, exec, install, files } = twoFrontends("14.16.19", platform);
    for (const node of ["frontend-1", "frontend-2"]) {
      expect((await exec(node, server, "reconfigure")).code).toBe(0);
      await exec(node, server, "stop");
      await install(node);
      expect(sim.frontend(node).serving).toBe(false);
      if (node === "frontend-2") {
        files.write("/srv/level", (await exec("frontend-1", "cat", level)).stdout);
        expect((await exec(node, "cp", "/srv/level", level)).code).toBe(0);
      }
      expect(await exec(node, ...accepting)).toMatchObject({ code: 0, stderr: "" });
      expect(sim.frontend(node).serving).toBe(false);
      expect((await exec(node, server, "start")).code).toBe(0);
      expect((await exec(node, server, "version")).stdout).toBe("15.9.38\n");
    }
    expect((await exec("frontend-1", server, "cleanup")).code).toBe(0);
    expect(sim).toMatchObject({ accidents: [], unansweredSeconds: 0 });
    expect((await exec("frontend-2", "cat", level)).stdout).toBe(
      (await exec("frontend-1", "cat", level)).stdout,
    );
  },
);

test("the first one writes another migration-level; without it the next one's upgrade fails", async () => {
  const { sim, exec, install } = twoFrontends();
  const before = (await exec("frontend-2", "cat", level)).stdout;
  expect(JSON.parse(before)).toMatchObject({ major: 1 });
  for (const node of ["frontend-1", "frontend-2"]) {
    await exec(node, server, "stop");
    await install(node);
  }
  expect((await exec("frontend-1", ...accepting)).code).toBe(0);
  expect((await exec("frontend-1", "cat", level)).stdout).not.toBe(before);
  const second = await exec("frontend-2", ...accepting);
  expect([second.code, second.stderr]).toEqual([
    1,
    expect.stringMatching(/migration-level .* does not match/),
  ]);
  expect(sim.accidents).toEqual([
    "frontend-2: chef-server-ctl upgrade ran without the first frontend's migration-level",
  ]);
  expect((await exec("frontend-2", server, "start")).stderr).toContain("run chef-server-ctl upgrade first");
  expect((await exec("frontend-2", server, "reconfigure")).code).toBe(1);
});

test("the license: 172 without it, kept once it was accepted, not asked for before 13", async () => {
  const { exec, install, sim } = twoFrontends("12.17.15");
  await exec("frontend-1", server, "stop");
  expect((await exec("frontend-1", server, "upgrade")).stdout).toBe("Chef Server Upgraded!\n");
  await install("frontend-1");
  expect(await exec("frontend-1", server, "upgrade")).toMatchObject({
    code: 172,
    stderr: "Chef Infra Server cannot execute without accepting the license\n",
  });
  expect((await exec("frontend-1", "env", "CHEF_LICENSE=no", server, "upgrade")).code).toBe(172);
  expect((await exec("frontend-1", ...accepting)).code).toBe(0);
  expect((await exec("frontend-1", server, "upgrade")).code).toBe(0);
  expect(sim.history.map(({ argv }) => argv[0])).not.toContain("env");
});

test("a package under running services changes nothing until they stop; upgrading then is an accident", async () => {
  const { sim, exec, install } = twoFrontends();
  await install("frontend-1");
  expect(sim.frontend("frontend-1").serving).toBe(true);
  expect((await exec("frontend-1", ...accepting)).stderr).toContain("services are running");
  expect(sim.accidents).toEqual(["frontend-1: chef-server-ctl upgrade ran while the services did"]);
  await exec("frontend-1", server, "stop");
  expect((await exec("frontend-1", server, "start")).code).toBe(1);
});

test("a reboot does not bring back what ran from the old package", async () => {
  const { sim, install, seconds } = twoFrontends();
  await install("frontend-1");
  for (const node of ["frontend-1", "frontend-2"]) sim.reboot(node);
  await seconds(120);
  expect(sim.frontend("frontend-1").serving).toBe(false);
  expect(sim.frontend("frontend-2").serving).toBe(true);
});

test("no direct way from below 12.17.15, and none without the leader's PostgreSQL", async () => {
  const { sim, exec, install } = twoFrontends("12.3.0");
  await exec("frontend-1", server, "stop");
  await install("frontend-1", "12.17.15");
  for (const { name } of sim.backends) sim.backend(name).stop();
  expect((await exec("frontend-1", ...accepting)).stderr).toContain("cannot reach PostgreSQL");
  const old = twoFrontends("12.3.0");
  await old.exec("frontend-1", server, "stop");
  await old.install("frontend-1", "15.9.38");
  expect((await old.exec("frontend-1", ...accepting)).stderr).toContain("upgrade to 12.17.15 first");
});

test("frontendUpgradeFails leaves the database alone; the next try goes on", async () => {
  const { sim, exec, install } = twoFrontends();
  await exec("frontend-1", server, "stop");
  await install("frontend-1");
  const before = sim.schema.level;
  sim.switches("frontend-1").frontendUpgradeFails = { code: 8, message: "disk full" };
  expect(await exec("frontend-1", ...accepting)).toMatchObject({ code: 8, stderr: "disk full\n" });
  expect(sim.schema.level).toBe(before);
  sim.switches("frontend-1").frontendUpgradeFails = null;
  expect((await exec("frontend-1", server, "upgrade")).code).toBe(0);
});

test("cp: a missing source, another user, a file that is not for writing", async () => {
  const { exec, start, clock, files } = twoFrontends();
  expect((await exec("frontend-1", "cp", "/srv/none", level)).stderr).toContain("cannot stat '/srv/none'");
  files.write("/srv/level", "x");
  const other = await clock.run(start("frontend-1", ["cp", "/srv/level", level], { user: "chef" }));
  expect(other.stderr).toContain("Permission denied");
  expect((await exec("frontend-1", "cp", "/srv/level", "/etc/opscode/chef-server.rb")).code).toBe(1);
  expect((await exec("frontend-1", "cp", "-f", "/srv/level", "/var/opt/opscode/upgrades/")).code).toBe(1);
  expect((await exec("frontend-1", "cat", level)).stdout).toContain("minor");
});
