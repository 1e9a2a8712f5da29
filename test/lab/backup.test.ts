import { rig, ctl } from "./rig";

const folder = "/var/opt/chef-backup";
const list = ["find", folder, "-maxdepth", "1", "-name", "*.tar.gz", "-printf", "%T@ %s %p\\n"] as const;

test("backup on a follower leaves a file that find and stat show", async () => {
  const { exec, sim, clock } = rig();
  expect((await exec("backend-2", ...list)).stderr).toContain("No such file or directory");
  const before = clock.now();
  const { code, stdout } = await exec("backend-2", ctl, "backup", "--timeout", "120");
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^Backup created: /m)]);
  expect(clock.now() - before).toBeGreaterThanOrEqual(sim.timings.backup * 1000);
  const [, time, bytes, path] = /^(\d+\.\d+) (\d+) (\S+)\n$/.exec((await exec("backend-2", ...list)).stdout)!;
  expect(path).toMatch(/^\/var\/opt\/chef-backup\/chef-backup-2024-01-01-00-0\d-\d\d\.tar\.gz$/);
  expect(Number(time) * 1000).toBeCloseTo(clock.now(), -3);
  expect((await exec("backend-2", "stat", "-c", "%s %F", path!)).stdout).toBe(`${bytes} regular file\n`);
  await exec("backend-2", ctl, "backup");
  expect((await exec("backend-2", ...list)).stdout.split("\n")).toHaveLength(3);
  expect((await exec("backend-3", ...list)).code).toBe(1);
});

test("no backup on the leader, on a node that is down, or when it takes too long", async () => {
  const { exec, sim } = rig();
  expect((await exec("backend-1", ctl, "backup")).stderr).toContain("is the leader");
  expect((await exec("backend-2", ctl, "backup", "--timeout", "10")).stderr).toContain(
    "longer than 10 seconds",
  );
  sim.backend("backend-3").stop();
  expect((await exec("backend-3", ctl, "backup")).code).toBe(1);
  expect(sim.backend("backend-2").backups).toEqual([]);
});

test("before 2.0.30 there is no --timeout", async () => {
  const { exec } = rig({ version: "1.4.40" });
  expect((await exec("backend-2", ctl, "backup", "--timeout", "120")).stderr).toContain("invalid option");
  expect((await exec("backend-2", ctl, "backup")).code).toBe(0);
});

test("backupFails and backupHangs leave no file", async () => {
  const { exec, sim, start, seconds, clock } = rig();
  const switches = sim.switches("backend-2");
  switches.backupFails = { code: 9, message: "tar: short write" };
  expect(await exec("backend-2", ctl, "backup")).toMatchObject({ code: 9, stderr: "tar: short write\n" });
  switches.backupFails = null;
  switches.backupHangs = true;
  const hanging = start("backend-2", [ctl, "backup"]);
  await seconds(86_400);
  expect(sim.backend("backend-2").backups).toEqual([]);
  switches.backupHangs = false;
  expect((await clock.run(hanging)).code).toBe(0);
});

test("a frontend's part: chef-server-ctl backup --config-only", async () => {
  const { exec } = rig();
  expect((await exec("frontend-1", "chef-server-ctl", "backup", "--config-only")).code).toBe(0);
  const { stdout } = await exec("frontend-1", "find", folder, "-name", "*.tgz");
  expect(stdout).toMatch(/^\/var\/opt\/chef-backup\/chef-backup-[\d-]+\.tgz\n$/);
  expect((await exec("frontend-1", "chef-server-ctl", "backup")).code).toBe(1);
});
