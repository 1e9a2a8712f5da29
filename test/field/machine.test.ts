/** What was found of the operating system's tools in public, or recorded of them, gives the facts that stand beside it. */
import { diskPaths } from "../../provider/commands/facts";
import { judgePackageFile, parseDpkg, parseRpm } from "../../provider/observe/package";
import {
  canonicalAddress,
  findLockHolder,
  parseDf,
  parseLocalAddresses,
  parseOsRelease,
} from "../../provider/observe/system";
import { type Found, found, resultOf } from "./corpus";

describe("df -Pk", () => {
  test.each(found("df"))("$name, $source", ({ text, errors, facts }) => {
    const { paths = diskPaths, disks } = facts as { paths?: string[]; disks: object[] };
    const read = parseDf(text, paths, errors);
    expect(read.map(({ path, mount, availableKiB }) => ({ path, mount, availableKiB }))).toEqual(
      facts.unreadable ? [] : disks,
    );
    expect(read.every(({ sizeKiB, availableKiB }) => sizeKiB >= availableKiB)).toBe(true);
  });
});

test.each(found("os-release"))("$name, $source", ({ command, text, facts }) => {
  const redhat = /redhat-release/.test(command);
  const { instead, unreadable } = facts as { instead?: object; unreadable?: boolean };
  expect(redhat ? parseOsRelease("", text) : parseOsRelease(text)).toEqual(
    instead ?? (unreadable ? { id: "", version: "", pretty: "" } : facts),
  );
});

describe.each(["fib-trie", "if-inet6"])("/proc/net: %s", (kind) => {
  test.each(found(kind))("$name, $source", ({ text, facts }) => {
    const read = kind === "fib-trie" ? parseLocalAddresses(text, "") : parseLocalAddresses("", text);
    const addresses = (facts.addresses as string[] | undefined) ?? [];
    expect(read.sort()).toEqual(addresses.map(canonicalAddress).sort());
  });
});

test.each(found("locks"))("/proc/locks: $name, $source", ({ text, facts }) => {
  expect(findLockHolder(text, facts.inodes as string)).toBe(facts.holder);
});

describe.each([
  ["dpkg-query", (each: Found) => parseDpkg(resultOf(each), resultOf(each))],
  ["rpm-query", (each: Found) => parseRpm(resultOf(each))],
] as const)("%s", (kind, parse) => {
  test.each(found(kind))("$name, $source", (each) => {
    const { state, version } = parse(each);
    const { unreadable, ...wanted } = each.facts;
    if (unreadable) expect({ state, version }).toEqual({ state: "unreadable", version: null });
    else expect({ state, version }).toMatchObject(wanted);
  });
});

/** The reason that a tool gave for refusing a package file is in the refusal, whatever it printed before. */
describe("package files", () => {
  test.each(found("package-file").filter(({ facts }) => facts.reason !== undefined))(
    "$name, $source",
    (each) => {
      const ok = { code: 0, stdout: "1000\n", stderr: "" };
      const fields = "chef-backend\n2.3.16-1\nx86_64\n100\n";
      const { problem } = judgePackageFile(
        "/p.rpm",
        { name: "chef-backend", version: "2.3.16", family: "rpm", machine: "x86_64" },
        { size: ok, fields: { ...ok, stdout: fields }, dryRun: { ...resultOf(each), code: each.exit ?? 1 } },
      );
      expect(problem).toContain((each.facts.reason as string).slice(0, 100));
    },
  );
});
