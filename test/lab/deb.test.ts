import { packageFile } from "../../lab/simulation/packages/packageFile";
import { rig, ctl } from "./rig";

const state = "-f=${Status}|${db:Status-Abbrev}|${Version}\\n";
const query = ["dpkg-query", "-W", state, "chef-backend"];

test("dpkg-query fills its format, and knows what is not installed", async () => {
  const { exec } = rig();
  expect((await exec("backend-1", ...query)).stdout).toBe("install ok installed|ii |2.1.0-1\n");
  const joined = await exec(
    "backend-1",
    "dpkg-query",
    "-W",
    "-f",
    "${Package} ${Architecture}${Nonsense}\t",
    "chef-backend",
  );
  expect(joined.stdout).toBe("chef-backend amd64\t");
  expect(await exec("backend-1", "dpkg-query", "-W", state, "emacs")).toEqual({
    code: 1,
    stdout: "",
    stderr: "dpkg-query: no packages found matching emacs\n",
  });
  expect((await exec("backend-1", "dpkg", "--print-architecture")).stdout).toBe("amd64\n");
});

test("dpkg -i installs: version, list file's time, version manifest; nothing is restarted", async () => {
  const { exec, put, sim, clock } = rig();
  const before = clock.now();
  const { code, stdout } = await exec("backend-2", "dpkg", "-i", put({ version: "2.3.16" }));
  expect([code, stdout.split("\n").slice(2, 4)]).toEqual([
    0,
    ["Unpacking chef-backend (2.3.16-1) over (2.1.0-1) ...", "Setting up chef-backend (2.3.16-1) ..."],
  ]);
  expect((await exec("backend-2", ...query)).stdout).toBe("install ok installed|ii |2.3.16-1\n");
  const { stdout: time } = await exec(
    "backend-2",
    "stat",
    "-c",
    "%Y",
    "/var/lib/dpkg/info/chef-backend.list",
  );
  expect(Number(time) * 1000).toBeGreaterThan(before);
  expect((await exec("backend-2", "cat", "/opt/chef-backend/version-manifest.json")).stdout).toContain(
    '"2.3.16"',
  );
  expect([sim.maxOut, sim.installedVersions()["backend-1"]]).toEqual([0, "2.1.0-1"]);
});

test("the same package again: 0; an older one: a warning and 0, unless -G; -E skips the same", async () => {
  const { exec, put, sim } = rig({ version: "2.3.16" });
  const [same, old] = [put({ version: "2.3.16" }), put({ version: "2.1.0" })];
  expect((await exec("backend-2", "dpkg", "-i", same)).code).toBe(0);
  expect((await exec("backend-2", "dpkg", "-iEG", same)).stdout).toContain("already installed, skipping");
  expect((await exec("backend-2", "dpkg", "-iEG", old)).stdout).toContain("will not downgrade");
  expect(sim.installedVersions()["backend-2"]).toBe("2.3.16-1");
  expect(await exec("backend-2", "dpkg", "-i", old)).toMatchObject({
    code: 0,
    stderr: "dpkg: warning: downgrading chef-backend from 2.3.16-1 to 2.1.0-1\n",
  });
  expect(sim.installedVersions()["backend-2"]).toBe("2.1.0-1");
});

test("a held lock: exit 2 with dpkg's words; the holder can be found; two of ours exclude each other", async () => {
  const { exec, start, put, sim, clock } = rig();
  const file = put({ version: "2.3.16" });
  sim.switches("backend-2").packageLock = { pid: 4894, program: "apt-get" };
  const { code, stderr } = await exec("backend-2", "dpkg", "-i", file);
  expect([code, stderr.split("\n")[0]]).toEqual([
    2,
    "dpkg: error: dpkg frontend lock was locked by another process with pid 4894",
  ]);
  const inode = (await exec("backend-2", "stat", "-c", "%i", "/var/lib/dpkg/lock-frontend")).stdout.trim();
  expect((await exec("backend-2", "cat", "/proc/locks")).stdout).toMatch(
    new RegExp(`^\\d+: POSIX  ADVISORY  WRITE 4894 fe:00:${inode} 0 EOF$`, "m"),
  );
  expect((await exec("backend-2", "cat", "/proc/4894/comm")).stdout).toBe("apt-get\n");
  expect((await exec("backend-2", "dpkg", "--dry-run", "-i", file)).code).toBe(0);
  sim.switches("backend-2").packageLock = null;
  const both = [start("backend-2", ["dpkg", "-i", file]), start("backend-2", ["dpkg", "-i", file])];
  expect((await clock.run(Promise.all(both))).map((result) => result.code)).toEqual([0, 2]);
  expect((await exec("backend-2", "cat", "/proc/locks")).stdout).not.toContain(inode);
});

test("an edited configuration file: exit 1 and iU, until it is said which one to keep", async () => {
  const { exec, put, sim } = rig();
  const file = put({ version: "2.3.16" });
  sim.switches("backend-2").conffileEdited = true;
  const refused = await exec("backend-2", "dpkg", "-i", file);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("end of file on stdin at conffile prompt");
  expect((await exec("backend-2", ...query)).stdout).toBe("install ok unpacked|iU |2.3.16-1\n");
  expect((await exec("backend-2", "dpkg", "--audit")).stdout).toContain("unpacked but not yet configured");
  const told = await exec("backend-2", "dpkg", "--force-confdef", "--force-confold", "--configure", "-a");
  expect([told.code, (await exec("backend-2", ...query)).stdout]).toEqual([
    0,
    "install ok installed|ii |2.3.16-1\n",
  ]);
});

test("a failing script: exit 1 and iF, and --configure tries again", async () => {
  const { exec, put, sim } = rig();
  const { code, stderr } = await exec(
    "backend-2",
    "dpkg",
    "-i",
    put({ version: "2.3.16", postinst: "fail" }),
  );
  expect([code, stderr]).toEqual([
    1,
    `dpkg: error processing package chef-backend (--install):
 installed chef-backend package post-installation script subprocess returned error exit status 1
Errors were encountered while processing:
 chef-backend
`,
  ]);
  expect((await exec("backend-2", ...query)).stdout).toBe("install ok half-configured|iF |2.3.16-1\n");
  expect((await exec("backend-2", "dpkg", "--configure", "-a")).code).toBe(1);
  sim.switches("backend-2").maintainerScript = "none";
  expect((await exec("backend-2", "dpkg", "--configure", "-a")).code).toBe(0);
});

test("killed: while unpacking half-installed, in the script half-configured at the new version", async () => {
  for (const [after, found] of [
    [5, "install reinstreq half-installed|iHR|2.1.0-1\n"],
    [14, "install ok half-configured|iF |2.3.16-1\n"],
  ] as const) {
    const { exec, start, put, clock } = rig();
    const kill = new AbortController();
    clock.setTimer(after * 1000, () => kill.abort());
    const argv = ["dpkg", "-i", put({ version: "2.3.16", postinst: "restart" })];
    expect(await clock.run(start("backend-2", argv, { signal: kill.signal }))).toMatchObject({
      signal: "SIGKILL",
    });
    expect((await exec("backend-2", ...query)).stdout).toBe(found);
  }
});

test("files that are no good are refused in dpkg's words", async () => {
  const { exec, put, files, sim } = rig();
  const good = packageFile({ version: "2.3.16" });
  files.write("/srv/empty.deb", "");
  files.write("/srv/page.deb", "<html>not found</html>");
  files.write("/srv/half.deb", good.slice(0, 150));
  files.write("/srv/flipped.deb", good.replace("stand-in", "stend-in"));
  const cases: [string, number, string][] = [
    ["/srv/empty.deb", 1, "unexpected end of file in archive magic version number in /srv/empty.deb"],
    ["/srv/page.deb", 1, "'/srv/page.deb' is not a Debian format archive"],
    ["/srv/half.deb", 1, "dpkg-deb: error: tar subprocess returned error exit status 2"],
    ["/srv/flipped.deb", 1, "unexpected end of file or stream"],
    ["/srv/none.deb", 2, "dpkg: error: cannot access archive '/srv/none.deb': No such file or directory"],
    [
      put({ version: "2.3.16", arch: "arm64" }),
      1,
      "package architecture (arm64) does not match system (amd64)",
    ],
    [put({ version: "2.3.16", format: "rpm" }), 1, "is not a Debian format archive"],
  ];
  for (const [path, code, words] of cases) {
    const result = await exec("backend-2", "dpkg", "-i", path);
    expect([path, result.code]).toEqual([path, code]);
    expect(result.stderr).toContain(words);
    expect((await exec("backend-2", ...query)).stdout).toBe("install ok installed|ii |2.1.0-1\n");
  }
  sim.switches("backend-2").hiddenFiles = [put({ version: "2.3.16" })];
  expect((await exec("backend-2", "dpkg", "-i", put({ version: "2.3.16" }))).code).toBe(2);
});

test("no space: refused half-way, the old version stays", async () => {
  const { exec, put, sim } = rig();
  sim.switches("backend-2").diskFree = { "/": 1000 };
  const result = await exec("backend-2", "dpkg", "-i", put({ version: "2.3.16" }));
  expect([result.code, sim.installedVersions()["backend-2"]]).toEqual([1, "2.1.0-1"]);
  expect(result.stderr).toContain("No space left on device");
});

test("dpkg-deb -f: all fields, some with their names, one without", async () => {
  const { exec, put } = rig();
  const file = put({ version: "2.3.16", installedSize: 812345 });
  expect((await exec("backend-2", "dpkg-deb", "-f", file, "Version")).stdout).toBe("2.3.16-1\n");
  expect((await exec("backend-2", "dpkg-deb", "-f", file, "Package", "Installed-Size")).stdout).toBe(
    "Package: chef-backend\nInstalled-Size: 812345\n",
  );
  expect((await exec("backend-2", "dpkg-deb", "-f", "/srv/none.deb")).code).toBe(2);
});

test("an install needs root, can be made to fail, and is no business of a read-only command's history", async () => {
  const { exec, start, put, sim, clock } = rig();
  const file = put({ version: "2.3.16" });
  expect((await clock.run(start("backend-2", ["dpkg", "-i", file], { user: "chef" }))).code).toBe(2);
  await exec("backend-2", "dpkg", "--dry-run", "-i", file);
  await exec("backend-2", ctl, "status");
  expect(sim.history).toEqual([]);
  sim.switches("backend-2").installFails = { code: 1, message: "cannot fork" };
  const result = await exec("backend-2", "env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "-i", file);
  expect([result.code, sim.history[0]?.argv]).toEqual([1, ["dpkg", "-i", file]]);
});
