/** OUR install commands, and what we make of their outcome, with the real dpkg and the real rpm. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { backendFacts } from "../../provider/commands/facts";
import { finishInstall, install } from "../../provider/commands/install";
import { parseDpkg, parseRpm } from "../../provider/observe/package";
import { given, programs } from "../support/needs";
import { buildDeb, buildRpm, type Recipe, runFacts } from "../support/realPackages";
import { until } from "../support/until";

const folder = mkdtempSync(join(tmpdir(), "package-managers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

given("faults of dpkg", programs("dpkg", "dpkg-deb", "dpkg")).describe("dpkg", () => {
  let admin = "";
  let root = "";
  const config = () => join(root, "etc/it.conf");
  beforeEach(() => {
    admin = mkdtempSync(join(folder, "admin-"));
    root = mkdtempSync(join(folder, "root-"));
    for (const each of ["info", "updates", "triggers"]) mkdirSync(join(admin, each));
    for (const each of ["status", "available"]) writeFileSync(join(admin, each), "");
  });

  /** The command, with its program sent to a database of the test's own. */
  const here = (argv: readonly string[]) => {
    const at = argv.indexOf("dpkg") + 1;
    const place = [`--admindir=${admin}`, `--instdir=${root}`, "--force-script-chrootless"];
    const quiet = ["--force-not-root", "--force-bad-path", `--log=${join(admin, "log")}`];
    return [...argv.slice(0, at), ...place, ...quiet, ...argv.slice(at)];
  };
  const run = (argv: readonly string[]) => {
    const [program, ...words] = here(argv);
    return spawnSync(program!, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  };
  const put = (file: string) => run(install("deb", file)[0]!);
  const query = () => {
    const { argv } = backendFacts().find(({ name }) => name === "dpkg")!;
    const facts = runFacts([{ name: "dpkg", argv: [argv[0]!, `--admindir=${admin}`, ...argv.slice(1)] }]);
    return parseDpkg(facts["dpkg"]!, { code: 1, stdout: "", stderr: "" });
  };
  let built = 0;
  const deb = (recipe: Recipe = {}) =>
    buildDeb(folder, `${(built += 1)}.deb`, { arch: arch() === "arm64" ? "arm64" : "amd64", ...recipe });
  const old = () => deb({ version: "2.1.0-1" });

  test("its lock is held: exit 2, the holder is in the kernel's list, nothing has changed", async () => {
    put(old());
    // As apt does: a lock by fcntl.
    const python =
      "import fcntl,sys,time;f=open(sys.argv[1],'w');fcntl.lockf(f,fcntl.LOCK_EX);print(1,flush=True);time.sleep(60)";
    const holder: ChildProcess = spawn("python3", ["-c", python, join(admin, "lock")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await new Promise((resolve) => holder.stdout!.once("data", resolve));
      const { status, stderr } = put(deb());
      expect(status).toBe(2);
      expect(stderr).toContain(String(holder.pid));
      expect(readFileSync("/proc/locks", "utf8")).toMatch(new RegExp(`POSIX .* ${holder.pid} `));
      expect(query()).toMatchObject({ state: "installed", version: "2.1.0-1" });
    } finally {
      holder.kill();
    }
    await until(() => put(deb()).status === 0);
    expect(query()).toMatchObject({ state: "installed", version: "2.3.16-1" });
  });

  test("an edited configuration file is kept, and stops nothing; without our options it does", () => {
    const edited = (version: string, text: string) => deb({ version, config: text });
    put(edited("2.1.0-1", "old\n"));
    writeFileSync(config(), "mine\n");
    const bare = run(["env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "-i", edited("2.3.16-1", "new\n")]);
    expect(bare.status).toBe(1);
    expect(query()).toMatchObject({ state: "interrupted", version: "2.3.16-1" });
    expect(run(finishInstall()[0]!).status).toBe(0);
    expect(query()).toMatchObject({ state: "installed", version: "2.3.16-1" });
    expect(put(edited("2.3.16-2", "newer\n")).status).toBe(0);
    expect(readFileSync(config(), "utf8")).toBe("mine\n");
    expect(query()).toMatchObject({ state: "installed", version: "2.3.16-2" });
  });

  test("postinst fails: exit 1, interrupted at the new version; finished when it no longer does", () => {
    put(old());
    const flag = join(root, "works");
    expect(put(deb({ scripts: { postinst: `test -e ${flag}` } })).status).toBe(1);
    expect(query()).toMatchObject({ state: "interrupted", version: "2.3.16-1" });
    expect(query().reinstall).toBeUndefined();
    writeFileSync(flag, "");
    expect(run(finishInstall()[0]!).status).toBe(0);
    expect(query()).toMatchObject({ state: "installed", version: "2.3.16-1" });
  });

  test("killed in postinst: the new version is shown, interrupted, while the script still runs", async () => {
    put(old());
    const [log, go] = [join(root, "log"), join(root, "go")];
    const postinst = `echo "$$" >> ${log}; while [ ! -e ${go} ]; do sleep 0.1; done`;
    const [program, ...words] = here(install("deb", deb({ scripts: { postinst } }))[0]!);
    const dpkg = spawn(program!, words, { stdio: "ignore" });
    const pids = () => spawnSync("cat", [log], { encoding: "utf8" }).stdout.split("\n").filter(Boolean);
    await until(() => pids().length === 1);
    dpkg.kill("SIGKILL");
    await new Promise((resolve) => dpkg.once("exit", resolve));
    expect(query()).toMatchObject({ state: "interrupted", version: "2.3.16-1" });
    expect(() => process.kill(Number(pids()[0]), 0)).not.toThrow();
    writeFileSync(go, "");
    expect(run(finishInstall()[0]!).status).toBe(0);
    expect(query()).toMatchObject({ state: "installed", version: "2.3.16-1" });
  });

  test("the installed one again, and an older one: both end with 0, so that only the version tells", () => {
    const file = deb();
    expect([put(file).status, put(file).status]).toEqual([0, 0]);
    const back = put(old());
    expect(back.status).toBe(0);
    expect(back.stderr).toContain("downgrading");
    expect(query()).toMatchObject({ state: "installed", version: "2.1.0-1" });
  });

  test.each<[string, (file: string) => string]>([
    ["for another machine", () => deb({ arch: "s390x" })],
    ["cut short", (file) => spoil(file, (bytes) => bytes.subarray(0, bytes.length - 3000))],
    ["with a flipped bit", (file) => spoil(file, (bytes) => flipped(bytes, bytes.length >> 1))],
    ["empty", (file) => spoil(file, () => Buffer.alloc(0))],
  ])("a file %s is refused, and the old version stays", (_what, change) => {
    put(old());
    expect(put(change(deb({ kib: 200 }))).status).not.toBe(0);
    expect(query()).toMatchObject({ state: "installed", version: "2.1.0-1" });
  });
});

given("faults of rpm", programs("rpm", "rpm", "rpmbuild")).describe("rpm", () => {
  let place: string[] = [];
  beforeEach(() => {
    const base = mkdtempSync(join(folder, "rpm-"));
    mkdirSync(join(base, "db"));
    // A database and a target of the test's own; scripts still find this machine's shell.
    // An rpm that is killed leaves its scripts' files where it keeps temporary ones.
    place = [`--dbpath=${join(base, "db")}`, "--define", `_tmppath ${base}`];
    relocate = ["--badreloc", "--relocate", `/opt=${join(base, "opt")}`, "--nodeps", "--ignorearch"];
  });
  let relocate: string[] = [];
  const rpm = (...words: string[]) => spawnSync("rpm", [...place, ...words], { encoding: "utf8" });
  const put = (...words: string[]) => rpm(...relocate, ...words);
  const query = () => {
    const { argv } = backendFacts().find(({ name }) => name === "rpm")!;
    const facts = runFacts([{ name: "rpm", argv: [argv[0]!, ...place, ...argv.slice(1)] }]);
    return parseRpm(facts["rpm"]!);
  };
  const file = (recipe: Recipe = {}) => buildRpm(mkdtempSync(join(folder, "rpmbuild-")), recipe);
  const old = () => file({ version: "2.1.0-1.el7" });

  test("killed in the middle of an update: both versions are in the database, which we call interrupted", () => {
    expect(put("-U", old()).status).toBe(0);
    expect(query()).toMatchObject({ state: "installed", version: "2.1.0-1.el7" });
    const next = file({ scripts: { post: "kill -9 $PPID" } });
    expect(put("-U", next).signal).toBe("SIGKILL");
    expect(query()).toMatchObject({ state: "interrupted" });
    expect(query().detail).toMatch(/2\.1\.0-1\.el7 and 2\.3\.16-1\.el7|2\.3\.16-1\.el7 and 2\.1\.0-1\.el7/);
    // Trying again does not mend it.
    expect(put("-U", next).status).not.toBe(0);
    expect(query()).toMatchObject({ state: "interrupted" });
  });

  test("the installed one again and an older one are refused, and the version says so", () => {
    const it = file();
    expect(put("-U", it).status).toBe(0);
    expect(put("-U", it).status).toBeGreaterThan(0);
    expect(put("-U", old()).status).toBeGreaterThan(0);
    expect(query()).toMatchObject({ state: "installed", version: "2.3.16-1.el7" });
  });

  test("an unsigned package is installed without a word: only its checksum protects", () => {
    expect(rpm("-K", file()).status).toBe(0);
    expect(put("-U", file()).status).toBe(0);
  });

  test.each<[string, (path: string) => string]>([
    ["cut short", (path) => spoil(path, (bytes) => bytes.subarray(0, bytes.length - 300))],
    ["with a flipped bit", (path) => spoil(path, (bytes) => flipped(bytes, bytes.length - 60))],
    ["empty", (path) => spoil(path, () => Buffer.alloc(0))],
  ])("a file %s is refused, and the old version stays", (_what, change) => {
    put("-U", old());
    expect(put("-U", change(file({ kib: 200 }))).status).not.toBe(0);
    expect(query()).toMatchObject({ state: "installed", version: "2.1.0-1.el7" });
  });
});

function spoil(path: string, change: (bytes: Buffer) => Buffer): string {
  writeFileSync(path, change(readFileSync(path)));
  return path;
}

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[at]! ^= 0xff;
  return bytes;
}
