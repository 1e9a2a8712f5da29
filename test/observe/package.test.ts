import type { InstalledPackage, RunitService } from "../../provider/cluster/state";
import type { FactResult } from "../../provider/machine/machine";
import { judgePackageFile, judgeRunning, parseDpkg, parseRpm } from "../../provider/observe/package";

const said = (stdout: string, code = 0, stderr = ""): FactResult => ({ code, stdout, stderr });
const at = said("1700000000\n");

describe("dpkg-query -W -f='${Status} ${Version}'", () => {
  test.each<[string, Partial<InstalledPackage>]>([
    ["install ok installed 2.3.16-1", { state: "installed", version: "2.3.16-1", installedAt: 1700000000 }],
    ["hold ok installed 2.3.16-1", { state: "installed", version: "2.3.16-1" }],
    ["install ok half-configured 2.3.16-1", { state: "interrupted", version: "2.3.16-1" }],
    ["install ok unpacked 2.3.16-1", { state: "interrupted", version: "2.3.16-1" }],
    ["install ok triggers-pending 2.3.16-1", { state: "interrupted", version: "2.3.16-1" }],
    ["install ok half-installed 2.1.0-1", { state: "interrupted", version: "2.1.0-1", reinstall: true }],
    ["install reinstreq half-installed 2.1.0-1", { state: "interrupted", reinstall: true }],
    ["install reinstreq half-installed", { state: "interrupted", version: null, reinstall: true }],
    ["install reinstreq installed 2.3.16-1", { state: "interrupted", reinstall: true }],
    ["deinstall ok config-files 2.1.0-1", { state: "absent", version: null }],
    ["unknown ok not-installed ", { state: "absent", version: null }],
    ["", { state: "unreadable", version: null }],
    ["garbage", { state: "unreadable", version: null }],
  ])("%s", (text, expected) => {
    const pkg = parseDpkg(said(`${text}\n`), at);
    expect(pkg).toMatchObject(expected);
    expect(pkg.reinstall).toBe(expected.reinstall);
    if (pkg.state === "interrupted") expect(pkg.detail).toBe(`dpkg: ${text}`);
  });

  test("not installed: dpkg-query fails; not a Debian: there is no dpkg-query", () => {
    expect(parseDpkg(said("", 1, "no packages found"), said("", 1))).toMatchObject({ state: "absent" });
    expect(parseDpkg(said("", 127), said("", 1))).toMatchObject({ state: "absent" });
  });

  test("the time of installation is unknown where the file list cannot be looked at", () => {
    expect(parseDpkg(said("install ok installed 2.3.16-1"), said("", 1)).installedAt).toBeNull();
  });
});

describe("rpm -q --qf '%{VERSION}-%{RELEASE} %{INSTALLTIME}\\n'", () => {
  test("one line is an installed package", () => {
    expect(parseRpm(said("2.3.16-1.el7 1700000000\n"))).toEqual({
      ...{
        state: "installed",
        version: "2.3.16-1.el7",
        detail: "rpm: 2.3.16-1.el7",
        installedAt: 1700000000,
      },
    });
  });

  test("two lines are an upgrade that was killed: both are in the database", () => {
    expect(parseRpm(said("2.1.0-1.el7 1600000000\n2.3.16-1.el7 1700000000\n"))).toMatchObject({
      ...{ state: "interrupted", version: "2.3.16-1.el7", detail: "rpm: 2.1.0-1.el7 and 2.3.16-1.el7" },
    });
  });

  test.each<[InstalledPackage["state"], FactResult]>([
    ["absent", said("package chef-backend is not installed\n", 1)],
    [
      "absent",
      said("package chef-backend is not installed\n", 1, "warning: rpmdb: BDB2053 Freeing read locks"),
    ],
    ["absent", said("", 127)],
    ["unreadable", said("", 0)],
    ["unreadable", said("2.3.16-1.el7 (none)\n")],
    [
      "unreadable",
      said("package chef-backend is not installed\n", 1, "error: cannot open Packages database"),
    ],
  ])("%s: %j", (state, result) => expect(parseRpm(result).state).toBe(state));
});

describe("which build the services run (promise 7)", () => {
  const now = 1_700_000_000;
  const hour = 3600;
  /** Installed an hour ago. */
  const pkg: InstalledPackage = {
    ...{ state: "installed", version: "2.3.16-1", detail: "", installedAt: now - hour },
  };
  const aged = (...ages: number[]): RunitService[] =>
    ages.map((seconds, index) => ({ service: `s${index}`, up: true, seconds }));
  const up = 100 * hour;

  test.each<[string, string, RunitService[], number | null, string]>([
    ["our job record decides where some are older", "2.3.16-1", aged(9 * hour, 10), up, "installed"],
    ["our `upgrade` ended with 0 and restarted nothing", "2.3.16-1", aged(9 * hour, 9 * hour), up, "older"],
    ["a record of another build proves nothing", "2.1.0-1", aged(9 * hour, 9 * hour), up, "older"],
    ["all older than the install", "", aged(2 * hour, 3 * hour), up, "older"],
    ["all younger than the install", "", aged(10, 20), up, "installed"],
    ["started in the very second of the install", "", aged(hour, hour), up, "unknown"],
    ["some older, some younger", "", aged(10, 2 * hour), up, "unknown"],
    ["all younger, but the node was rebooted since", "", aged(10, 20), 30 * 60, "unknown"],
    ["all younger, and the uptime is not known", "", aged(10, 20), null, "unknown"],
    ["one of them down", "", [...aged(10), { service: "x", up: false, seconds: 5 }], up, "unknown"],
    ["no services", "", [], up, "unknown"],
  ])("%s", (_what, upgradedTo, services, uptime, kind) => {
    const running = judgeRunning(pkg, upgradedTo, services, now, uptime);
    expect(running.kind).toBe(kind);
    expect(running.because).not.toBe("");
  });

  test.each([
    ["5.6.16", "6.8.23", "older"],
    ["6.8.2", "6.8.23", "installed"],
    ["6.8.23", "6.8.23", "installed"],
  ])(
    "Elasticsearch %s answers, the package brings %s: %s, whatever a record says",
    (running, brought, kind) => {
      expect(judgeRunning(pkg, "2.3.16-1", aged(10, 9 * hour), now, up, { running, brought }).kind).toBe(
        kind,
      );
    },
  );

  test("nothing is said without a package, or without the time of its installation", () => {
    expect(judgeRunning({ ...pkg, version: null }, "", aged(10), now, up).kind).toBe("unknown");
    expect(judgeRunning({ ...pkg, installedAt: null }, "", aged(10), now, up).kind).toBe("unknown");
  });
});

describe("judging a package file by what the tools said", () => {
  const deb = { name: "chef-backend", version: "2.3.16", family: "deb" as const, machine: "x86_64" };
  const rpm = { ...deb, family: "rpm" as const };
  const size = said("1000\n");
  const fields = (change: Record<string, string> = {}) => {
    const all = { Package: "chef-backend", Version: "2.3.16-1", Architecture: "amd64", ...change };
    return said(
      `${Object.entries(all)
        .map(([k, v]) => `${k}: ${v}\n`)
        .join("")}Installed-Size: 2048\n`,
    );
  };
  const sum = "a".repeat(64);

  test("right: how much it unpacks to is kept, KiB for deb, bytes for rpm", () => {
    const path = "/srv/p.deb";
    expect(judgePackageFile(path, deb, { size, fields: fields(), dryRun: said("") })).toEqual({
      ...{ path, problem: null, missing: false, unpackedKiB: 2048 },
    });
    const query = said("chef-backend\n2.3.16-1.el7\nx86_64\n2000001\n");
    expect(judgePackageFile(path, rpm, { size, fields: query })).toMatchObject({
      ...{ problem: null, unpackedKiB: 1954 },
    });
  });

  test.each([
    ["not there", { size: said("", 1) }, "there is no such file", true],
    ["never asked", {}, "there is no such file", true],
    ["empty", { size: said("0\n") }, "the file is empty", false],
    [
      "another name",
      { fields: fields({ Package: "chef-server" }) },
      "it holds the package chef-server",
      false,
    ],
    ["another version", { fields: fields({ Version: "2.3.15-1" }) }, "it holds version 2.3.15-1, exp", false],
    [
      "another machine",
      { fields: fields({ Architecture: "arm64" }) },
      "built for arm64, the node is amd64",
      false,
    ],
    ["for all machines", { fields: fields({ Architecture: "all" }) }, null, false],
    [
      "not of that kind",
      { fields: said("", 2, "not a Debian archive") },
      "not a Debian package: not a",
      false,
    ],
    [
      "refused in a dry run",
      { dryRun: said("", 1, "conflicts with x") },
      "would not install it: conflicts",
      false,
    ],
    [
      "wrong checksum",
      { sha256: said(`${"b".repeat(64)}  /srv/p.deb\n`) },
      `SHA-256 is ${"b".repeat(64)}, exp`,
      false,
    ],
    ["unreadable", { sha256: said("", 1) }, "SHA-256 is unreadable", false],
    ["checksum of a strange file name", { sha256: said(`\\${sum}  /srv/a\\nb.deb\n`) }, null, false],
  ])("%s", (_what, facts, problem, missing) => {
    const wanted = { ...deb, sha256: sum };
    const all = { size, fields: fields(), sha256: said(`${sum}  /srv/p.deb\n`), ...facts };
    const file = judgePackageFile("/srv/p.deb", wanted, _what === "never asked" ? {} : all);
    expect(file.missing).toBe(missing);
    if (problem === null) expect(file.problem).toBeNull();
    else expect(file.problem).toContain(problem);
  });

  test.each([
    ["a deb without a name", deb, fields({ Package: "" })],
    ["a deb whose version cannot be compared", deb, fields({ Version: "latest" })],
    ["an rpm without a name", rpm, said("\n2.3.16-1.el7\nx86_64\n2000001\n")],
    ["an rpm whose version cannot be compared", rpm, said("chef-backend\nlatest\nx86_64\n2000001\n")],
  ])("%s is none", (_what, wanted, printed) => {
    expect(judgePackageFile("/p", wanted, { size, fields: printed }).problem).toMatch(/^it is not a /);
  });

  test("the node's own name for its machine is translated: aarch64 is arm64", () => {
    const file = judgePackageFile(
      "/p.deb",
      { ...deb, machine: "aarch64" },
      { size, fields: fields({ Architecture: "arm64" }) },
    );
    expect(file.problem).toBeNull();
  });
});
