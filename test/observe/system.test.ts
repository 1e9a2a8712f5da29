import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { findInstaller } from "../../provider/observe/installer";
import {
  canonicalAddress,
  findLockHolder,
  parseDf,
  parseLocalAddresses,
  parseOsRelease,
  parseSearchVersion,
} from "../../provider/observe/system";
import { diskPaths } from "../../provider/commands/facts";
import { fixture } from "../fixtures/read";

test("os-release with double, single and no quotes", () => {
  expect(parseOsRelease(fixture("os-release-ubuntu.txt"))).toEqual({
    ...{ id: "ubuntu", version: "18.04", pretty: "Ubuntu 18.04.6 LTS", like: ["debian"] },
  });
  expect(parseOsRelease(fixture("os-release-rhel.txt"))).toEqual({
    ...{ id: "rhel", version: "7.9", pretty: "Red Hat Enterprise Linux Server 7.9 (Maipo)" },
    like: [],
  });
  expect(parseOsRelease("")).toEqual({ id: "", version: "", pretty: "", like: [] });
});

test.each<[string, string, object]>([
  [
    "SLES 11 without a service pack",
    "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 0\n",
    { id: "sles", version: "11", pretty: "SUSE Linux Enterprise Server 11 (x86_64)", like: ["suse"] },
  ],
  [
    "openSUSE, with what its own file says of itself",
    "openSUSE 13.1 (x86_64)\nVERSION = 13.1\nCODENAME = Bottle\n# /etc/SuSE-release is deprecated\n",
    { id: "opensuse", version: "13.1", like: ["suse"] },
  ],
  [
    "the desktop is no server",
    "SUSE Linux Enterprise Desktop 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 3\n",
    { id: "suse", version: "11.3", pretty: "SUSE Linux Enterprise Desktop 11 (x86_64) SP3", like: [] },
  ],
  ["without a version", "SUSE Linux Enterprise Server 11 (x86_64)\n", { id: "", version: "" }],
  ["a page", "<html>SUSE VERSION = 11</html>", { id: "", version: "" }],
])("/etc/SuSE-release: %s", (_what, text, os) => {
  expect(parseOsRelease("", "", text)).toMatchObject(os);
  expect(parseOsRelease("ID=ubuntu\n", "", text).id).toBe("ubuntu");
});

test.each<[string, string, string | null]>([
  ["zypper's", "/var/run/zypp.pid:4711\n", "process 4711 holds /var/run/zypp.pid"],
  ["yum's, without an end of line", "/var/run/yum.pid:17", "process 17 holds /var/run/yum.pid"],
  [
    "the first is left over",
    "/var/run/yum.pid:99\n/var/run/zypp.pid:17\n",
    "process 17 holds /var/run/zypp.pid",
  ],
  ["of a process that is gone", "/var/run/yum.pid:99\n", null],
  ["no number in it", "/var/run/yum.pid:none\n", null],
  ["none", "", null],
])("who installs something, by its file: %s", (_what, files, holder) => {
  expect(findInstaller(files, "1\n17\n4711\nself\nuptime\n")).toBe(holder);
});

describe("the addresses that a machine carries itself", () => {
  test("from the kernel's files: local addresses once each, no loopback, no broadcast, no network", () => {
    expect(parseLocalAddresses(fixture("fib_trie.txt"), fixture("if_inet6.txt"))).toEqual([
      ...["192.168.33.215", "192.168.33.240", "fe80::216:3eff:fe00:1", "2001:db8::215"],
    ]);
  });

  test("on this very machine they are the interfaces' addresses", () => {
    const read = (path: string) => readFileSync(path, "utf8");
    const own = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter((each) => !each.internal)
      .map((each) => canonicalAddress(each.address));
    const found = parseLocalAddresses(read("/proc/net/fib_trie"), read("/proc/net/if_inet6"));
    expect([...found].sort()).toEqual([...new Set(own)].sort());
  });

  test("a kernel without fib_trie: what `ip -o addr` prints, no loopback, no broadcast", () => {
    const printed = [
      "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever",
      "2: eth0    inet 192.168.33.215/24 brd 192.168.33.255 scope global eth0\\       valid_lft forever",
      "3: tun0    inet 10.100.20.30 peer 10.100.20.31/32 scope global tun0\\       valid_lft forever",
      "2: eth0    inet6 2001:db8::215/64 scope global \\       valid_lft forever preferred_lft forever",
    ].join("\n");
    const own = ["192.168.33.215", "10.100.20.30"];
    expect(parseLocalAddresses("", "", printed)).toEqual(own);
    expect(parseLocalAddresses(fixture("fib_trie.txt"), "", printed)).toEqual([
      ...["192.168.33.215", "192.168.33.240"],
    ]);
  });

  test("nothing gives nothing", () => expect(parseLocalAddresses("", "")).toEqual([]));

  test.each([
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["[fe80::1%eth0]", "fe80::1"],
    ["::ffff:192.168.33.215", "::ffff:c0a8:21d7"],
    ["192.168.33.215", "192.168.33.215"],
    ["not:an:address", "not:an:address"],
  ])("one spelling for %s", (given, expected) => expect(canonicalAddress(given)).toBe(expected));
});

describe("df -Pk", () => {
  test("long device names, several paths on one mount, less than nothing left", () => {
    expect(parseDf(fixture("df.txt"), diskPaths)).toEqual([
      { path: "/opt", mount: "/", sizeKiB: 264212084, availableKiB: 78958832 },
      { path: "/var/opt", mount: "/var", sizeKiB: 104857600, availableKiB: 5242880 },
      { path: "/var/log", mount: "/var/log", sizeKiB: 10485760, availableKiB: -512 },
      { path: "/var/lib", mount: "/var", sizeKiB: 104857600, availableKiB: 5242880 },
      { path: "/var/lib/pulumi-chef-backend", mount: "/var", sizeKiB: 104857600, availableKiB: 5242880 },
      { path: "/tmp", mount: "/", sizeKiB: 264212084, availableKiB: 78958832 },
    ]);
  });

  test("a path that is not there yet is on its parent's file system, and shifts no other", () => {
    const lines = fixture("df.txt").split("\n");
    const withoutLog = lines.filter((line) => !line.includes("/var/log")).join("\n");
    expect(parseDf(withoutLog, diskPaths).map(({ path, mount }) => [path, mount])).toEqual([
      ["/opt", "/"],
      ["/var/opt", "/var"],
      ["/var/log", "/var"],
      ["/var/lib", "/var"],
      ["/var/lib/pulumi-chef-backend", "/var"],
      ["/tmp", "/"],
    ]);
    expect(parseDf([lines[0], lines[2]].join("\n"), ["/opt", "/variable", "/var"])).toEqual([
      { path: "/var", mount: "/var", sizeKiB: 104857600, availableKiB: 5242880 },
    ]);
  });

  test("a file system without a percentage, and a mount point with blanks", () => {
    const text = "Filesystem 1024-blocks Used Available Capacity Mounted on\nnone 0 0 7 - /mnt/with blank\n";
    expect(parseDf(text, ["/x"])).toEqual([
      { path: "/x", mount: "/mnt/with blank", sizeKiB: 0, availableKiB: 7 },
    ]);
  });

  test.each(["", "df: no such file\n"])("no table, no disks: %j", (text) =>
    expect(parseDf(text, diskPaths)).toEqual([]),
  );
});

describe("who holds the package manager's lock, by the kernel's /proc/locks", () => {
  const locks = fixture("locks.txt");
  test.each([
    ["a writer", "2002 /var/lib/dpkg/lock-frontend\n", "process 4711 holds /var/lib/dpkg/lock-frontend"],
    ["a lock of an open file", "2004 /var/lib/rpm/.rpm.lock", "a process holds /var/lib/rpm/.rpm.lock"],
    ["only readers", "2001 /var/lib/rpm/.rpm.lock\n", null],
    ["somebody else's file", "1311 /var/lib/dpkg/lock\n", null],
    ["no lock files at all", "", null],
  ])("%s", (_what, inodes, holder) => expect(findLockHolder(locks, inodes)).toBe(holder));
});

test.each([
  [fixture("search-root.json"), "5.6.16"],
  ['{"version":{"number":"6.8.23"},"tagline":"You Know, for Search"}', "6.8.23"],
  ['{"version":{"number":"6.8.23"}}', null],
  ['{"version":{"number":6},"tagline":"You Know, for Search"}', null],
  ['{"version":{"number":"6.8.23-SNAPSHOT"},"tagline":"You Know, for Search"}', null],
  ['{"version":"6.8.23"}', null],
  ['{"error":"unauthorized","status":401}', null],
  ["null", null],
  ["curl: (7) Failed to connect", null],
  ["", null],
])("the release of Elasticsearch that runs: %j", (text, version) =>
  expect(parseSearchVersion(text)).toBe(version),
);
