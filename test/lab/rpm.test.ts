import { packageFile } from "../../lab/simulation/packages/packageFile";
import { rig } from "./rig";

const rpmRig = (version = "2.1.0") => rig({ platform: "rpm", version });
const query = ["rpm", "-q", "--qf", "%{VERSION}-%{RELEASE}\\n", "chef-backend"];

test("rpm -q fills its format; yum updates; the release carries the distribution's tag", async () => {
  const { exec, put, clock } = rpmRig();
  expect((await exec("backend-1", ...query)).stdout).toBe("2.1.0-1.el7\n");
  expect((await exec("backend-1", "rpm", "-q", "emacs")).code).toBe(1);
  expect((await exec("backend-1", "yum", "install", "-y", put({ version: "2.3.16" }))).code).toBe(0);
  expect((await exec("backend-1", ...query)).stdout).toBe("2.3.16-1.el7\n");
  const { stdout } = await exec("backend-1", "rpm", "-q", "--qf", "%{INSTALLTIME}", "chef-backend");
  expect(clock.now() / 1000 - Number(stdout)).toBeLessThan(30);
});

test("already installed: yum 1, dnf 0, rpm 2; older: yum 1, rpm 2, dnf downgrades with 0", async () => {
  const { exec, put, sim } = rpmRig("2.3.16");
  const [same, old] = [put({ version: "2.3.16" }), put({ version: "2.1.0" })];
  const codes = [];
  for (const argv of [
    ["yum", "install", "-y"],
    ["dnf", "install", "-y"],
    ["rpm", "-Uvh"],
  ])
    codes.push((await exec("backend-1", ...argv, same)).code);
  for (const argv of [
    ["yum", "install", "-y"],
    ["rpm", "-Uvh"],
    ["dnf", "install", "-y"],
  ])
    codes.push((await exec("backend-1", ...argv, old)).code);
  expect(codes).toEqual([1, 0, 2, 1, 2, 0]);
  expect(sim.installedVersions()["backend-1"]).toBe("2.1.0-1.el7");
});

test("yum asks without -y", async () => {
  const { exec, put, sim } = rpmRig();
  const result = await exec("backend-1", "yum", "install", put({ version: "2.3.16" }));
  expect(result).toMatchObject({ code: 1, stderr: "Exiting on user command\n" });
  expect(result.stdout).toContain("Is this ok [y/d/N]: ");
  expect(sim.installedVersions()["backend-1"]).toBe("2.1.0-1.el7");
});

test("killed mid-way: both versions are in the database, and the retry fails", async () => {
  const { exec, start, put, clock } = rpmRig();
  const kill = new AbortController();
  clock.setTimer(8000, () => kill.abort());
  const file = put({ version: "2.3.16" });
  await clock.run(start("backend-1", ["rpm", "-Uvh", file], { signal: kill.signal }));
  expect((await exec("backend-1", ...query)).stdout).toBe("2.1.0-1.el7\n2.3.16-1.el7\n");
  expect((await exec("backend-1", "rpm", "-Uvh", file)).code).toBe(2);
});

test("rpm waits for a held lock", async () => {
  const { start, put, sim, clock, seconds } = rpmRig();
  sim.switches("backend-1").packageLock = { pid: 77, program: "yum" };
  const install = start("backend-1", ["rpm", "-Uvh", put({ version: "2.3.16" })]);
  await seconds(3600);
  expect(sim.installedVersions()["backend-1"]).toBe("2.1.0-1.el7");
  sim.switches("backend-1").packageLock = null;
  expect(await clock.run(install)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("waiting for") as string,
  });
});

test("a failing script is a warning for rpm", async () => {
  const { exec, put } = rpmRig();
  const result = await exec("backend-1", "rpm", "-Uvh", put({ version: "2.3.16", postinst: "fail" }));
  expect([result.code, result.stderr]).toEqual([
    0,
    "warning: %post(chef-backend-2.3.16-1.el7.x86_64) scriptlet failed, exit status 1\n",
  ]);
});

test("files: -qp, -K, --test, and what is no good", async () => {
  const { exec, put, files } = rpmRig();
  const file = put({ version: "2.3.16" });
  const qf = ["rpm", "-qp", "--qf", "%{NAME} %{VERSION} %{RELEASE} %{ARCH} %{SIZE}\\n"];
  expect((await exec("backend-1", ...qf, file)).stdout).toBe("chef-backend 2.3.16 1.el7 x86_64 831841280\n");
  expect((await exec("backend-1", "rpm", "-K", file)).stdout).toBe(`${file}: digests signatures OK\n`);
  const unsigned = put({ version: "2.3.15", signed: false });
  expect((await exec("backend-1", "rpm", "-K", unsigned)).stdout).toBe(`${unsigned}: digests OK\n`);
  files.write(
    "/srv/flipped.rpm",
    packageFile({ version: "2.3.16", format: "rpm" }).replace("stand-in", "stend-in"),
  );
  expect(await exec("backend-1", "rpm", "-K", "/srv/flipped.rpm")).toMatchObject({ code: 1 });
  files.write("/srv/empty.rpm", "");
  const foreign = put({ version: "2.3.16", arch: "aarch64" });
  expect((await exec("backend-1", "rpm", "-U", "--test", file)).code).toBe(0);
  for (const bad of [
    "/srv/flipped.rpm",
    "/srv/empty.rpm",
    "/srv/none.rpm",
    foreign,
    put({ version: "9", format: "deb" }),
  ])
    expect([bad, (await exec("backend-1", "rpm", "-U", "--test", bad)).code]).toEqual([bad, 1]);
  expect((await exec("backend-1", "rpm", "-q", "--qf", "%{NONSENSE}", "chef-backend")).stderr).toContain(
    "unknown tag",
  );
  expect((await exec("backend-1", "dpkg", "-i", file)).code).toBe(127);
});
