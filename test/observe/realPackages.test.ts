/** OUR facts, run for real: dpkg, rpm, stat, sha256sum and df of this machine on real packages. */
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { arch, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  backendFacts,
  diskPaths,
  type Family,
  frontendFacts,
  packageFileFacts,
  preflightFacts,
} from "../../provider/commands/facts";
import type { FactResult } from "../../provider/machine/machine";
import { judgePackageFile, parseDpkg } from "../../provider/observe/package";
import { parseAnswer } from "../../provider/observe/serverStatus";
import { parseDf, parseOsRelease } from "../../provider/observe/system";
import { fixture } from "../fixtures/read";
import { given, has, programs } from "../support/needs";
import { buildDeb, buildRpm, runFacts } from "../support/realPackages";

const folder = mkdtempSync(join(tmpdir(), "real packages '"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const machine = arch() === "arm64" ? "aarch64" : "x86_64";
const other = machine === "x86_64" ? "aarch64" : "x86_64";

function judge(family: Family, path: string, change: { version?: string; sha256?: string } = {}) {
  const facts = runFacts(packageFileFacts(family, path, change.sha256 !== undefined));
  const wanted = { name: "chef-backend", version: "2.3.16", family, machine, ...change };
  const { packageSize: size, packageFields: fields, packageDryRun: dryRun } = facts;
  const { packageSha256: sha256, packageContents: contents } = facts;
  return judgePackageFile(path, wanted, { size, fields, dryRun, sha256, contents });
}

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** A copy of a good package, spoilt in its middle. */
function spoilt(good: string, name: string, spoil: (copy: string) => void): string {
  const copy = join(dirname(good), name);
  cpSync(good, copy);
  spoil(copy);
  return copy;
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 0xff;
  writeFileSync(path, bytes);
}

const { describe: debTest } = given("real .deb files", programs("dpkg", "dpkg-deb", "dpkg"));
debTest("a .deb", () => {
  const debArch = machine === "x86_64" ? "amd64" : "arm64";
  let good = "";
  beforeAll(() => {
    good = buildDeb(folder, "good file.deb", { arch: debArch });
  });

  test("the right one, with its unpacked size and checksum; only the checksum is asked for where it is known", () => {
    const right = { path: good, problem: null, missing: false, unpackedKiB: 64 };
    expect(judge("deb", good)).toEqual(right);
    expect(judge("deb", good, { sha256: sha256(good) })).toEqual(right);
    expect(judge("deb", good, { version: "2.3.16-1" })).toEqual(right);
  });

  test.each<[string, () => string, { version?: string; sha256?: string }, RegExp]>([
    ["missing", () => join(folder, "none.deb"), {}, /^there is no such file$/],
    ["empty", () => spoilt(good, "empty.deb", (file) => truncateSync(file, 0)), {}, /^the file is empty$/],
    [
      "cut short",
      () => spoilt(good, "short.deb", (file) => truncateSync(file, 100)),
      {},
      /not a Debian package/,
    ],
    [
      "not a package",
      () => spoilt(good, "text.deb", (file) => writeFileSync(file, "hello")),
      {},
      /not a Deb/,
    ],
    [
      "of another name",
      () => buildDeb(folder, "n.deb", { name: "chef-server", arch: debArch }),
      {},
      /chef-server/,
    ],
    [
      "of another version",
      () => buildDeb(folder, "v.deb", { version: "2.2.0-1", arch: debArch }),
      {},
      /2\.2\.0-1/,
    ],
    ["of another iteration", () => good, { version: "2.3.16-2" }, /2\.3\.16-1, expected 2\.3\.16-2/],
    ["for another machine", () => buildDeb(folder, "a.deb", { arch: "s390x" }), {}, /built for s390x/],
    [
      "of a wrong checksum",
      () => good,
      { sha256: "0".repeat(64) },
      /SHA-256 is [0-9a-f]{64}, expected 0{64}/,
    ],
  ])("%s", (_what, file, change, problem) => {
    expect(judge("deb", file(), change).problem).toMatch(problem);
  });

  test.each<[string, (copy: string) => void]>([
    ["cut short inside its contents", (copy) => truncateSync(copy, readFileSync(copy).length - 4000)],
    ["with a flipped bit in its contents", (copy) => flip(copy, Math.floor(readFileSync(copy).length / 2))],
  ])("%s: dpkg's dry run would take it, the checksum finds it, and so does reading it", (what, spoil) => {
    const file = spoilt(good, `${what}.deb`, spoil);
    expect(runFacts(packageFileFacts("deb", file, true)).packageDryRun!.code).toBe(0);
    expect(judge("deb", file, { sha256: sha256(good) }).problem).toContain("SHA-256");
    expect(judge("deb", file).problem).toMatch(/its contents cannot be read: dpkg-deb/);
  });

  test("given as an .rpm it is none", () => {
    if (has("rpm")) expect(judge("rpm", good).problem).toContain("it is not a RPM package");
  });

  test("dpkg's own database: installed, killed in postinst, mended by configuring; half-installed is not", () => {
    const admin = join(folder, "dpkg");
    const root = join(folder, "root");
    for (const each of ["info", "updates", "triggers"]) mkdirSync(join(admin, each), { recursive: true });
    mkdirSync(root);
    for (const each of ["status", "available"]) writeFileSync(join(admin, each), "");
    const place = [`--admindir=${admin}`, `--instdir=${root}`, "--force-script-chrootless"];
    const quiet = ["--force-not-root", "--force-bad-path", `--log=${join(folder, "dpkg.log")}`];
    const dpkg = (...args: string[]) =>
      spawnSync("dpkg", [...place, ...quiet, ...args], { stdio: "ignore" }).status;
    const query = () => {
      const argv = backendFacts().find((fact) => fact.name === "dpkg")!.argv;
      const [result] = Object.values(
        runFacts([{ name: "dpkg", argv: [argv[0]!, `--admindir=${admin}`, ...argv.slice(1)] }]),
      );
      return parseDpkg(result!, { code: 1, stdout: "", stderr: "" });
    };
    const old = buildDeb(folder, "old.deb", { version: "2.1.0-1", arch: debArch });
    const kill = `test -e '${folder.replaceAll("'", "'\\''")}/kill' || exit 0\nkill -9 "$PPID"`;
    const next = buildDeb(folder, "next.deb", { arch: debArch, scripts: { postinst: kill } });
    expect(query()).toMatchObject({ state: "absent" });
    dpkg("-i", old);
    expect(query()).toMatchObject({ state: "installed", version: "2.1.0-1" });
    writeFileSync(join(folder, "kill"), "");
    dpkg("-i", next);
    rmSync(join(folder, "kill"));
    expect(query()).toMatchObject({ state: "interrupted", version: "2.3.16-1" });
    expect(query().reinstall).toBeUndefined();
    expect(dpkg("--configure", "-a")).toBe(0);
    expect(query()).toMatchObject({ state: "installed", version: "2.3.16-1" });
    const status = readFileSync(join(admin, "status"), "utf8");
    writeFileSync(
      join(admin, "status"),
      status.replace(/^Status: .*$/m, "Status: install reinstreq half-installed"),
    );
    expect(dpkg("--configure", "-a")).toBe(0);
    expect(query()).toMatchObject({ state: "interrupted", reinstall: true });
    dpkg("-i", next);
    expect(query()).toMatchObject({ state: "installed", version: "2.3.16-1" });
    dpkg("-r", "chef-backend");
    expect(query()).toMatchObject({ state: "absent" });
  });
});

// rpm takes a path for a pattern, with quotes and blanks of its own: the inputs refuse such paths.
const rpms = mkdtempSync(join(tmpdir(), "real-packages-"));
afterAll(() => rmSync(rpms, { recursive: true, force: true }));
const { describe: rpmTest } = given("real .rpm files", programs("rpm", "rpm", "rpmbuild"));
rpmTest("an .rpm", () => {
  let good = "";
  const build = (recipe: Parameters<typeof buildRpm>[1]) => () => {
    const place = mkdtempSync(join(tmpdir(), "rpmbuild"));
    const file = join(rpms, `x${JSON.stringify(recipe).replaceAll(/\W/g, "")}.rpm`);
    cpSync(buildRpm(place, recipe), file);
    rmSync(place, { recursive: true });
    return file;
  };

  beforeAll(() => {
    good = build({})();
  });

  test("the right one, with its unpacked size", () => {
    expect(judge("rpm", good, { sha256: sha256(good) })).toEqual({
      ...{ path: good, problem: null, missing: false, unpackedKiB: 64, build: "2.3.16-1.el7" },
    });
  });

  test.each<[string, () => string, { version?: string; sha256?: string }, RegExp]>([
    ["missing", () => join(rpms, "none.rpm"), {}, /^there is no such file$/],
    ["empty", () => spoilt(good, "empty.rpm", (file) => truncateSync(file, 0)), {}, /^the file is empty$/],
    [
      "cut short",
      () => spoilt(good, "short.rpm", (file) => truncateSync(file, 100)),
      {},
      /not a RPM package/,
    ],
    [
      "a flipped bit",
      () => spoilt(good, "flipped.rpm", (file) => flip(file, readFileSync(file).length - 8)),
      {},
      /./,
    ],
    ["of another name", build({ name: "chef-server-core" }), {}, /chef-server-core/],
    ["of another version", build({ version: "2.2.0-1.el7" }), {}, /2\.2\.0-1\.el7, expected 2\.3\.16/],
    ["for another machine", build({ arch: other }), {}, new RegExp(`built for ${other}`)],
    ["of a wrong checksum", () => good, { sha256: "0".repeat(64) }, /SHA-256 is [0-9a-f]{64}/],
  ])("%s", (_what, file, change, problem) => {
    expect(judge("rpm", file(), change).problem).toMatch(problem);
  });

  test("given as a .deb it is none", () => {
    if (has("dpkg-deb")) expect(judge("deb", good).problem).toContain("it is not a Debian package");
  });
});

const { test: curlTest } = given("what the real curl prints", programs("curl", "curl"));
curlTest.each<[string, number, string, string]>([
  ["healthy", 200, fixture("_status.json"), "pong"],
  ["in maintenance", 503, "<h1>503</h1>\n", "HTTP 503: <h1>503</h1>"],
  ["an empty answer", 200, "", "HTTP 200: (nothing)"],
])("what the real curl says of a frontend's /_status: %s", async (_what, code, body, expected) => {
  const server = createServer((_request, response) => response.writeHead(code).end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    expect(parseAnswer(await curl(`http://127.0.0.1:${port}/_status`))).toBe(expected);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

curlTest("what the real curl says where nobody listens", async () => {
  expect(parseAnswer(await curl("http://127.0.0.1:1/_status"))).toMatch(/^curl: \(7\) /);
});

/** OUR fact, sent to another address: run beside this process, which is the server. */
function curl(url: string): Promise<FactResult> {
  const argv = frontendFacts().find(({ name }) => name === "answer")!.argv;
  return new Promise((resolve) => {
    execFile("curl", [...argv.slice(1, -1), url], (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test("where a folder really is: every link followed; no parent, no answer", () => {
  const [fact] = preflightFacts().filter(({ name }) => name === "dataFolder");
  const ask = (path: string) => runFacts([{ name: "it", argv: [...fact!.argv.slice(0, -1), path] }]).it!;
  mkdirSync(join(folder, "data"));
  symlinkSync("data", join(folder, "link"));
  expect(ask(join(folder, "link")).stdout).toBe(`${realpathSync(join(folder, "data"))}\n`);
  expect(ask(join(folder, "none", "data")).code).not.toBe(0);
});

test("the facts that every Linux answers, answered by this one", () => {
  const local = [...backendFacts(), ...preflightFacts()].filter(
    ({ name }) => !["index", "search"].includes(name),
  );
  const facts = runFacts(local);
  expect(Number(facts.date!.stdout)).toBeCloseTo(Date.now() / 1000, -2);
  expect(facts.id!.stdout.trim()).toBe(execFileSync("id", ["-u"], { encoding: "utf8" }).trim());
  expect(facts.bootId!.stdout).toMatch(/^[0-9a-f-]{36}\n$/);
  expect(Number(facts.uptime!.stdout.split(" ")[0])).toBeGreaterThan(0);
  expect(parseOsRelease(facts.osRelease!.stdout).id).not.toBe("");
  expect(facts.fibTrie!.stdout).toContain("host LOCAL");
  expect(facts.clusterStatus!.code).toBe(127);
  const disks = parseDf(facts.df!.stdout, diskPaths, facts.df!.stderr);
  expect(disks.map((disk) => disk.path)).toEqual([...diskPaths]);
  expect(disks.every((disk) => disk.availableKiB > 0 && disk.mount.startsWith("/"))).toBe(true);
});
