/** OUR install commands, and what we make of their outcome, with the real dpkg and the real rpm. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { backendFacts, preflightFacts } from "../../provider/commands/facts";
import { finishInstall, install } from "../../provider/commands/install";
import { unreachableMachine } from "../../provider/observe/machineState";
import { parseDpkg, parseRpm } from "../../provider/observe/package";
import { failedScripts, judgeScripts } from "../../provider/observe/scripts";
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

  test("held: installed all the same, without a word, and the hold is forgotten", () => {
    put(old());
    const hold = here(["dpkg", "--set-selections"]);
    spawnSync(hold[0]!, hold.slice(1), { input: "chef-backend hold\n" });
    expect(query()).toMatchObject({ state: "installed", version: "2.1.0-1", held: true });
    expect(put(deb()).status).toBe(0);
    expect(query()).toMatchObject({ state: "installed", version: "2.3.16-1" });
    expect(query().held).toBeUndefined();
  });

  test("a diverted file: our fact tells of it, and the package's own does not come to its place", () => {
    put(old());
    const place = [`--admindir=${admin}`, `--instdir=${root}`];
    const file = "/opt/chef-backend/payload";
    const add = ["--local", "--rename", "--divert", `${file}.mine`, "--add", file];
    expect(spawnSync("dpkg-divert", [...place, ...add]).status).toBe(0);
    const { argv } = preflightFacts().find(({ name }) => name === "diversions")!;
    const list = runFacts([{ name: "list", argv: [argv[0]!, ...place, ...argv.slice(1)] }]).list!;
    expect(list).toMatchObject({ code: 0, stdout: `local diversion of ${file} to ${file}.mine\n` });
    writeFileSync(join(root, file), "mine\n");
    expect(put(deb()).status).toBe(0);
    expect(readFileSync(join(root, file), "utf8")).toBe("mine\n");
  });

  test("prerm of the old one fails: the new one's may do its part; where it fails too nothing is changed", () => {
    const broken = deb({ version: "2.1.0-1", scripts: { prerm: "exit 3" } });
    put(broken);
    const both = put(deb({ scripts: { prerm: '[ "$1" != failed-upgrade ]' } }));
    expect([both.status, query()]).toEqual([
      1,
      expect.objectContaining({ state: "installed", version: "2.1.0-1" }),
    ]);
    const well = put(deb({ scripts: { prerm: "exit 0" } }));
    expect(well.status).toBe(0);
    expect(well.stderr).toContain("pre-removal script subprocess returned error exit status 3");
    expect(query()).toMatchObject({ state: "installed", version: "2.3.16-1" });
  });

  test("preinst fails, and what the old one does about it too: interrupted at the old version, mended by installing", () => {
    put(deb({ version: "2.1.0-1", scripts: { postinst: '[ "$1" = configure ]' } }));
    expect(put(deb({ scripts: { preinst: "exit 2" } })).status).toBe(1);
    expect(query()).toMatchObject({ state: "interrupted", version: "2.1.0-1" });
    expect(put(deb()).status).toBe(0);
    expect(query()).toMatchObject({ state: "installed", version: "2.3.16-1" });
  });

  test("another package's trigger: pending it is interrupted, finished by configuring; failing it is not ours", () => {
    const flag = join(root, "fails");
    const postinst = `[ "$1" != triggered ] || test ! -e ${flag}`;
    put(deb({ name: "other", triggers: "interest /opt/chef-backend", scripts: { postinst } }));
    expect(run([...install("deb", old())[0]!.slice(0, -2), "--no-triggers", "-i", old()]).status).toBe(0);
    expect(query()).toMatchObject({
      state: "interrupted",
      detail: "dpkg: install ok triggers-awaited 2.1.0-1",
    });
    expect(run(finishInstall()[0]!).status).toBe(0);
    expect(query()).toMatchObject({ state: "installed", version: "2.1.0-1" });
    writeFileSync(flag, "");
    expect(put(deb()).status).toBe(1);
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

  /** As a reading after our installation judges it. */
  const judged = (printed: string) => {
    const { argv } = backendFacts().find(({ name }) => name === "rpm")!;
    const facts = runFacts([{ name: "rpm", argv: [argv[0]!, ...place, ...argv.slice(1)] }]);
    const machine = {
      ...unreachableMachine("m", "m", ""),
      family: "rpm" as const,
      package: parseRpm(facts.rpm!),
    };
    const installation = { endedAt: Math.floor(Date.now() / 1000), lines: printed };
    return judgeScripts(machine, installation, "chef-backend", () => "yes").package;
  };

  test.each<[string, string, RegExp]>([
    [
      "post",
      "exit 1",
      /^warning: %post\(chef-backend-2\.3\.16-1\.el7\.\w+\) scriptlet failed, exit status 1$/,
    ],
    ["post", "kill -9 $$", /^warning: %post\(.*\) scriptlet failed, signal 9$/],
    ["post -p <lua>", "error('no')", /^error: lua script failed: \[string "%post\(.*\)"\]:\d+: no$/],
    ["posttrans", "exit 3", /^warning: %posttrans\(.*\) scriptlet failed, exit status 3$/],
  ])(
    "%%%s fails (%s): 0, nothing in rpm's own database tells, only what it printed",
    async (script, text, line) => {
      put("-U", old());
      const next = file({ scripts: { [script]: text } });
      const { status, stderr } = put("-U", next);
      expect(status).toBe(0);
      expect(query()).toMatchObject({ state: "installed", version: "2.3.16-1.el7" });
      expect(rpm("-V", "--nodeps", "chef-backend")).toMatchObject({ status: 0, stdout: "" });
      expect(judged(stderr)).toMatchObject({ state: "interrupted", version: "2.3.16-1.el7" });
      expect(judged(stderr).failedScript).toMatch(line);
      // As the message says; rpm counts in seconds.
      const installation = { endedAt: query().installedAt!, lines: stderr };
      await until(() => Math.floor(Date.now() / 1000) > installation.endedAt);
      expect(put("-U", "--replacepkgs", file()).status).toBe(0);
      const { installedAt } = query();
      expect(installedAt).toBeGreaterThan(installation.endedAt);
    },
  );

  test("%pre fails: the old one is as it was; %preun of the old one: both are there; %postun: the new one is whole", () => {
    put("-U", old());
    const pre = put("-U", file({ scripts: { pre: "exit 1" } }));
    expect(pre.status).toBe(1);
    expect(failedScripts(pre.stderr, "chef-backend")[0]!.line).toMatch(
      /^error: %pre(?:in)?\(chef-backend-2\.3\.16/,
    );
    expect(judged(pre.stderr)).toMatchObject({ state: "installed", version: "2.1.0-1.el7" });
    put("-U", file({ version: "2.2.0-1.el7", scripts: { postun: "exit 1" } }));
    const postun = put("-U", file({ version: "2.3.0-1.el7", scripts: { preun: "exit 1" } }));
    expect([postun.status, judged(postun.stderr).state]).toEqual([0, "installed"]);
    expect(failedScripts(postun.stderr, "chef-backend")).toHaveLength(1);
    const preun = put("-U", file());
    expect(preun.status).toBe(1);
    expect(judged(preun.stderr)).toMatchObject({ state: "interrupted" });
    expect(judged(preun.stderr).detail).toMatch(/ and .*; error: %preun\(chef-backend-2\.3\.0-1\.el7/);
  });

  test("a script of another package, set off by ours: not ours", () => {
    put("-U", old());
    put("-U", file({ name: "other", scripts: { "triggerin -- chef-backend": "exit 4" } }));
    const { stderr } = put("-U", file());
    expect(stderr).toMatch(/%triggerin\(other-/);
    expect(judged(stderr)).toMatchObject({ state: "installed", version: "2.3.16-1.el7" });
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
