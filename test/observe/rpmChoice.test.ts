/** Which tool installs an .rpm, by what the tests of them printed: recorded ones (test/fixtures/field/rpm-test). */
import type { RpmTool } from "../../provider/commands/rpmTools";
import type { FactResult } from "../../provider/machine/machine";
import { judgePackageFile } from "../../provider/observe/package";
import { asksRepositories } from "../../provider/observe/rpmChoice";
import { found, resultOf } from "../field/corpus";

const all = new Map(found("rpm-test").map((each) => [each.name.replace("rpm-test/", ""), each]));
/** rpm's own test prints nothing where it is good. */
const printed = (name: string): FactResult => (name === "rpm-good" ? said("") : resultOf(all.get(name)!));

const said = (stdout: string, code = 0): FactResult => ({ code, stdout, stderr: "" });
const absent: FactResult = { code: 127, stdout: "", stderr: "yum: not found" };
const wanted = { name: "chef-backend", version: "2.3.16", family: "rpm", machine: "x86_64" } as const;

/** What comes of these tests. */
function judge(
  program: "yum" | "zypper",
  tests: { tool: FactResult; repositories?: FactResult; rpm?: string; policy?: string },
) {
  const { tool, repositories, rpm = "rpm-good", policy = "" } = tests;
  return judgePackageFile("/srv/a.rpm", wanted, {
    size: said("1000\n"),
    fields: said("chef-backend\n2.3.16-1.el7\nx86_64\n100\n"),
    dryRun: printed(rpm),
    tool: { tool: { program, from: "file" }, test: tool, repositories, policy: said(policy) },
  });
}

const file = (program: RpmTool["program"]): RpmTool => ({ program, from: "file" });
const good = (tool: RpmTool) => ({ problem: null, tool });

test.each<[string, ReturnType<typeof judge>, object]>([
  ["dnf passes", judge("yum", { tool: printed("dnf-good") }), good(file("yum"))],
  ["zypper passes", judge("zypper", { tool: printed("zypper-good") }), good(file("zypper"))],
  ["no yum: rpm itself", judge("yum", { tool: absent }), good(file("rpm"))],
  ["no zypper: rpm itself", judge("zypper", { tool: absent }), good(file("rpm"))],
  [
    "no yum, and rpm misses something",
    judge("yum", { tool: absent, rpm: "rpm-dependency" }),
    { problem: expect.stringMatching(/glibc-nowhere is needed by/), tool: null },
  ],
  [
    "repositories are asked nevertheless, do not answer, and are not needed: rpm itself",
    judge("yum", { tool: printed("yum3-no-baseurl") }),
    good(file("rpm")),
  ],
  [
    "… and on EL 6",
    judge("yum", { tool: printed("yum3-no-baseurl-el6"), policy: "#localpkg_gpgcheck=1\n" }),
    good(file("rpm")),
  ],
  [
    "… but the administrator wants signatures, which rpm would not check",
    judge("yum", { tool: printed("yum3-no-baseurl"), policy: "localpkg_gpgcheck = 1\n" }),
    { problem: expect.stringMatching(/Cannot find a valid baseurl.*`localpkg_gpgcheck` is set/), tool: null },
  ],
  [
    "… nor would it check what zypper does",
    judge("zypper", { tool: printed("zypper-repositories") }),
    { problem: expect.stringMatching(/zypper checks, and rpm alone would not check/), tool: null },
  ],
  [
    "… no longer",
    judge("yum", { tool: printed("yum3-no-baseurl"), policy: "localpkg_gpgcheck=1\nlocalpkg_gpgcheck=0\n" }),
    good(file("rpm")),
  ],
  ...["dnf-unsigned", "dnf-nokey", "yum3-unsigned", "yum3-nokey"].map(
    (name): [string, ReturnType<typeof judge>, object] => [
      `${name}: never gone round, though rpm would install it`,
      judge("yum", { tool: printed(name) }),
      { problem: expect.stringMatching(/is not (signed|installed)/), tool: null, unsigned: true },
    ],
  ),
  [
    "zypper: never gone round either",
    judge("zypper", { tool: printed("zypper-nokey") }),
    { problem: expect.stringMatching(/Signature verification failed/), tool: null, unsigned: true },
  ],
  [
    "rpm's own policy",
    judge("yum", { tool: printed("dnf-good"), rpm: "rpm-no-signature" }),
    { problem: expect.stringMatching(/does not verify: no signature/), unsigned: true },
  ],
  [
    "what only a repository has: with them",
    judge("yum", {
      ...{ tool: printed("dnf-dependency"), rpm: "rpm-dependency" },
      repositories: printed("dnf-good"),
    }),
    good({ program: "yum", from: "repositories" }),
  ],
  [
    "… which do not answer",
    judge("yum", {
      ...{ tool: printed("dnf-dependency"), rpm: "rpm-dependency" },
      repositories: printed("dnf-repositories"),
    }),
    {
      problem: expect.stringMatching(
        /glibc-nowhere is needed by .*; its repositories do not answer: Error: Failed to download metadata/,
      ),
      tool: null,
    },
  ],
  [
    "a yum that does nothing without a repository: with them",
    judge("yum", { tool: printed("yum3-no-repository"), repositories: printed("dnf-good") }),
    good({ program: "yum", from: "repositories" }),
  ],
  [
    "… which do not answer: rpm itself",
    judge("yum", { tool: printed("yum3-no-repository"), repositories: printed("yum3-no-baseurl-el6") }),
    good(file("rpm")),
  ],
  [
    "… and one of them was left out by zypper",
    judge("zypper", {
      ...{ tool: printed("zypper-dependency"), rpm: "rpm-dependency" },
      repositories: printed("zypper-repositories-skipped"),
    }),
    good({ program: "zypper", from: "repositories" }),
  ],
  [
    "the administrator leaves the package out",
    judge("yum", { tool: printed("dnf-excluded") }),
    { problem: expect.stringMatching(/Unable to find a match/), tool: null },
  ],
  ...(["yum3-busy", "dnf-busy"] as const).map((name): [string, ReturnType<typeof judge>, object] => [
    `${name}: nobody knows yet`,
    judge("yum", { tool: printed(name) }),
    { problem: null, tool: null, busy: expect.stringMatching(/lock/) },
  ]),
  [
    "zypper is busy",
    judge("zypper", { tool: printed("zypper-busy-y2base") }),
    { problem: null, tool: null, busy: expect.stringMatching(/pid 4406 \(y2base\)/) },
  ],
])("%s", (_what, read, expected) => {
  const { problem, tool, busy, unsigned } = read;
  expect({ problem, tool, busy, unsigned }).toEqual({ busy: undefined, unsigned: undefined, ...expected });
});

test.each([
  ["rpm-dependency", "dnf-dependency", true],
  ["rpm-dependency", "dnf-unsigned", false],
  ["rpm-dependency", "dnf-busy", false],
  ["rpm-good", "dnf-excluded", false],
  ["rpm-no-signature", "dnf-dependency", false],
  ["rpm-good", "yum3-no-repository", true],
])("%s and %s: the repositories are asked: %s", (rpm, tool, asks) => {
  const facts = { packageDryRun: printed(rpm), toolTest: printed(tool) };
  expect(asksRepositories(file("yum"), facts)).toBe(asks);
});

test.each<[string, FactResult, boolean | undefined]>([
  ["(none)", said("(none)\n"), true],
  ["1", said("1\n"), true],
  ["8, SHA-256", said("8\n"), false],
  ["a tag that rpm does not know", said("", 1), undefined],
  ["something else", said("error\n"), undefined],
])("digests of its files: %s", (_what, digests, md5) => {
  const read = judgePackageFile("/srv/a.rpm", wanted, {
    size: said("1000\n"),
    fields: said("chef-backend\n2.3.16-1.el7\nx86_64\n100\n"),
    digests,
  });
  expect([read.md5, read.build]).toEqual([md5, "2.3.16-1.el7"]);
});
