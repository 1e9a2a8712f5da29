/** What was found of the operating system's tools in public, or recorded of them, gives the facts that stand beside it. */
import { platformOf } from "../../provider/chef/cluster/platforms";
import { type RpmTool, tryRpm } from "../../provider/commands/rpmTools";
import { toMachineState } from "../../provider/observe/machineState";
import { judgePackageFile, parseDpkg, parseRpm } from "../../provider/observe/package";
import { judgeTest, needsOthers, tellingLine } from "../../provider/observe/rpmTest";
import { failedScripts, judgeScripts, mattersFor } from "../../provider/observe/scripts";
import {
  canonicalAddress,
  findLockHolder,
  parseDf,
  parseLocalAddresses,
  parseOsRelease,
} from "../../provider/observe/system";
import { type Found, found, resultOf } from "./corpus";
import { aReading } from "../support/aReading";

/** What most were recorded with. */
const asked = ["/opt", "/var/opt", "/var/log", "/var/lib"];

describe("df -Pk", () => {
  test.each(found("df"))("$name, $source", ({ text, errors, facts }) => {
    const { paths = asked, disks } = facts as { paths?: string[]; disks: object[] };
    const read = parseDf(text, paths, errors);
    expect(read.map(({ path, mount, availableKiB }) => ({ path, mount, availableKiB }))).toEqual(
      facts.unreadable ? [] : disks,
    );
    expect(read.every(({ sizeKiB, availableKiB }) => sizeKiB >= availableKiB)).toBe(true);
  });
});

test.each(found("os-release"))("$name, $source", ({ command, text, facts }) => {
  const [redhat, suse] = [/redhat-release/.test(command), /SuSE-release/.test(command)];
  const { instead, unreadable } = facts as { instead?: object; unreadable?: boolean };
  expect(parseOsRelease(redhat || suse ? "" : text, redhat ? text : "", suse ? text : "")).toMatchObject(
    instead ?? (unreadable ? { id: "", version: "", pretty: "" } : facts),
  );
});

test.each(found("os-release").filter(({ command }) => !command.includes("os-release")))(
  "$product has no os-release, and its own file names a platform that Chef has given up",
  ({ command, text }) => {
    const read = {
      [/SuSE/.test(command) ? "suseRelease" : "redhatRelease"]: { code: 0, stdout: text, stderr: "" },
    };
    const absent = { code: 1, stdout: "", stderr: "cat: /etc/os-release: No such file or directory" };
    const reading = aReading({ osRelease: absent, ...read });
    const state = toMachineState("backend-1", "backend-1", reading, "simpleStatus");
    expect(platformOf(state)?.until).toMatch(/^2\./);
  },
);

/** What a test of an installation comes to, and the line that a refusal shows of it. */
test.each(found("rpm-test"))("$name, $source", (each) => {
  const { program, outcome, line, needsOthers: needs = false } = each.facts as Record<string, string>;
  const judged = judgeTest(program as "yum", resultOf(each));
  expect(judged).toBe(outcome);
  if (line !== undefined) expect(tellingLine(judged, resultOf(each))).toContain(line);
  else expect(tellingLine(judged, resultOf(each))).toBeNull();
  expect(needsOthers(resultOf(each))).toBe(needs);
});

test.each(found("rpm-test").filter(({ source }) => /^recorded with (dnf|zypper)/.test(source)))(
  "$name was recorded of the very command",
  ({ command, facts }) => {
    const program = facts.program as RpmTool["program"];
    const path = command.split(" ").at(-1)!;
    const tries = (["file", "repositories"] as const).map((from) =>
      tryRpm({ program, from }, path).join(" "),
    );
    expect(tries).toContain(command.replace(/^dnf/, "yum"));
  },
);

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
    const { state, version, held } = parse(each);
    const { unreadable, ...wanted } = each.facts;
    if (unreadable) expect({ state, version }).toEqual({ state: "unreadable", version: null });
    else expect({ state, version, held }).toMatchObject(wanted);
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

test.each(found("dpkg-divert"))("$name, $source", (each) => {
  const facts = { osRelease: { code: 0, stdout: "", stderr: "" }, diversions: resultOf(each) };
  expect(toMachineState("m", "m", aReading(facts), "none").diversions).toEqual(each.facts.diversions);
});

/** dpkg keeps a failed script as a state of the package; of rpm, yum, dnf and zypper only what they print tells. */
describe("scripts of an rpm", () => {
  const printed = found("install").filter(({ name }) => !/dpkg/.test(name));
  const nameOf = ({ facts }: Found) => (facts.package ?? "chef-backend") as string;

  test.each(printed)("$name, $source: the line that tells of a failed one", (each) => {
    const [first] = failedScripts(`${each.text}\n${each.errors}`, nameOf(each));
    expect(first?.line ?? null).toBe(each.facts.failedScriptlet);
    expect(failedScripts(each.text, "another-package")).toEqual([]);
  });

  test.each(printed.filter(({ facts }) => facts.installed !== undefined))(
    "$name, $source: what it makes of the package that is installed then",
    (each) => {
      const build = each.facts.installed as string;
      const rpm = { code: 0, stdout: `${build} 1700000000\n`, stderr: "" };
      const read = toMachineState("m", "m", aReading({ rpm }), "none");
      const printed = { endedAt: 1700000000, lines: each.text };
      const judge = (at: number, upgradedTo = "") =>
        judgeScripts({ ...read, upgradedTo }, { ...printed, endedAt: at }, nameOf(each), () => "yes").package;
      expect(judge(1700000000)).toMatchObject({ version: build, state: each.facts.state });
      expect(judge(1700000000).failedScript).toBe(
        each.facts.state === "installed" ? undefined : each.facts.failedScriptlet,
      );
      // Installed again since; or upgraded with, well.
      for (const sound of [judge(1699999999), judge(1700000000, build)]) expect(sound).toEqual(read.package);
    },
  );
});

test.each([
  ["2.3.16-1.el7", "yes"],
  ["3.1.1-1.el7", "accepted"],
  ["3.1.1-2.el7", "yes"],
  ["2.1.0-1.el7", "no"],
])("failed scripts of %s, with 2.3.16 and 3.1.1 on the way: %s", (build, how) => {
  expect(mattersFor(["3.1.1", "2.3.16"], "3.1.1-1")(build)).toBe(how);
});
