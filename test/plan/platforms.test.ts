/** What is refused and warned of by the table of operating systems. */
import { platforms, platformOf, tagOf } from "../../provider/chef/cluster/platforms";
import { refusals } from "../../provider/plan/preflight";
import { platformWarnings } from "../../provider/plan/platformWarnings";
import { viewOf } from "../../provider/plan/view";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import type { NodeState } from "../../provider/cluster/state";
import { aSpec, threeBackends } from "../support/aCluster";
import { said } from "../support/said";

type Change = Partial<NodeState>;

const packages = (version: string) => ({ [version]: { path: "/p.rpm", staging: null, stagedKiB: 0 } });

/** Refused there, at that version, for its operating system. */
function refused(osId: string, osVersion: string, version: string): boolean {
  const spec = aSpec({ version, packages: packages(version) });
  const cluster = threeBackends().at("1.4.40").with("backend-2", { osId, osVersion, os: "It" });
  return refusals(spec, viewOf(spec, cluster.state())).some(({ code }) => code === "platform");
}

test.each([
  ["ubuntu", "14.04", "2.0.45", false],
  ["ubuntu", "14.04", "2.1.0", true],
  ["ubuntu", "16.04", "3.1.1", false],
  ["sles", "11", "2.0.45", false],
  ["sles", "11.4", "2.1.0", true],
  ["sles_sap", "11.3", "2.3.19", true],
  ["sles", "12.5", "3.1.1", false],
  ["rhel", "6.10", "2.2.0", false],
  ["rhel", "6.10", "2.3.16", true],
  ["centos", "6.9", "2.3.16-1", true],
  ["ol", "6.9", "2.3.19", true],
  ["ol", "6.9", "2.2.0", false],
  ["centos", "7", "3.1.1", false],
  ["rhel", "8.1", "2.0.30", false],
  ["scientific", "6.10", "3.1.1", false],
  ["amzn", "2018.03", "3.1.1", false],
  ["debian", "6.0", "3.1.1", false],
  ["", "", "3.1.1", false],
])("%s %s at %s: refused: %s", (id, version, target, expected) => {
  expect(refused(id, version, target)).toBe(expected);
});

test("it is told what Chef publishes, and on which machines", () => {
  const cluster = threeBackends().with("backend-2", { osId: "sles", osVersion: "11.3", os: "SLES 11 SP3" });
  const spec = aSpec({});
  const found = refusals(spec, viewOf(spec, cluster.state())).filter(({ code }) => code === "platform");
  expect(found.map(said)).toEqual([
    "backend-2: Operating system is not supported: SLES 11 SP3, which chef-backend 2.3.16 does not support: Chef publishes no packages for SUSE Linux Enterprise Server 11 from 2.1.0 on",
  ]);
});

test("a later hop's system is looked at before the first one begins", () => {
  const cluster = threeBackends().at("1.4.40");
  for (const name of ["backend-1", "backend-2", "backend-3"])
    cluster.with(name, { osId: "rhel", osVersion: "6.10", os: "RHEL 6.10" });
  const spec = aSpec({
    version: "3.1.1",
    packages: { ...packages("2.3.16"), ...packages("3.1.1") },
  });
  const plan = planUpgrade(spec, cluster.state());
  const versions = plan.refusals.filter(({ code }) => code === "platform").map(({ seen }) => seen);
  expect(versions.filter((seen) => seen.includes("chef-backend 3.1.1"))).toHaveLength(3);
});

const file = (version: string, more: object) => ({
  packageFiles: { [version]: { path: "/p.rpm", problem: null, missing: false, unpackedKiB: 1, ...more } },
});

test.each<[string, Change, string, string[]]>([
  [
    "CentOS 7 with its own package",
    { osId: "centos", osVersion: "7", ...file("2.3.16", { build: "2.3.16-1.el7" }) },
    "2.3.16",
    [],
  ],
  [
    "an el7 package on SLES",
    { osId: "sles", osVersion: "12.4", ...file("2.3.16", { build: "2.3.16-1.el7" }) },
    "2.3.16",
    [
      "backend-2: the package was built for el7, and Chef's packages for SUSE Linux Enterprise Server 12 are those of sles12",
    ],
  ],
  [
    "an el5 package on Amazon Linux, older than Chef's first one for it",
    { osId: "amzn", osVersion: "2", ...file("2.2.0", { build: "2.2.0-1.el5" }) },
    "2.2.0",
    [
      "backend-2: Chef publishes packages for Amazon Linux 2 from chef-backend 2.3.16 on; 2.2.0 is older",
      "backend-2: the package was built for el5, and Chef's packages for Amazon Linux 2 are those of amazon2",
    ],
  ],
  [
    "derived from EL 6",
    { osId: "scientific", osVersion: "6.10", osLike: ["rhel"], os: "Scientific Linux 6.10" },
    "2.3.16",
    [
      "backend-2: Scientific Linux 6.10 is derived from RHEL, CentOS and Oracle Linux 6, for which Chef publishes no packages from 2.3.16 on",
    ],
  ],
  ["derived from EL 6, below it", { osId: "scientific", osVersion: "6.10", osLike: ["rhel"] }, "2.2.0", []],
  ["derived from another EL", { osId: "eurolinux", osVersion: "9.1", osLike: ["rhel"] }, "2.3.16", []],
  [
    "unknown",
    { osId: "lablinux", osVersion: "6", ...file("2.3.16", { build: "2.3.16-1.el5" }) },
    "2.3.16",
    [],
  ],
  [
    "FIPS with SHA-256",
    { fips: true, family: "rpm", osId: "rhel", osVersion: "8", ...file("2.2.0", { md5: false }) },
    "2.2.0",
    [],
  ],
  [
    "FIPS, before the package is there",
    { fips: true, family: "rpm", osId: "rhel", osVersion: "8" },
    "2.2.0",
    [
      expect.stringMatching(
        /^backend-2: FIPS mode is on, and packages of chef-backend before 2\.3\.16 have MD5/,
      ),
    ],
  ] as never,
  [
    "FIPS with MD5 on EL 7, where it may do",
    { fips: true, family: "rpm", osId: "rhel", osVersion: "7.9", ...file("2.2.0", { md5: true }) },
    "2.2.0",
    [expect.stringMatching(/FIPS mode is on/)],
  ] as never,
  [
    "FIPS with MD5 on EL 8, which is refused",
    { fips: true, family: "rpm", osId: "rhel", osVersion: "8.6", ...file("2.2.0", { md5: true }) },
    "2.2.0",
    [],
  ],
  ["FIPS from 2.3.16 on", { fips: true, family: "rpm" }, "2.3.16", []],
  ["FIPS, deb", { fips: true, family: "deb" }, "2.2.0", []],
])("warned of: %s", (_what, change, version, expected) => {
  const [, node] = threeBackends()
    .with("backend-2", { packageFiles: {}, ...change })
    .state().nodes;
  expect(platformWarnings([node!], version)).toEqual(expected);
});

test("one warning for several machines, of those alone that the plan changes", () => {
  const sles: Change = { osId: "sles", osVersion: "15.1" };
  const cluster = threeBackends().at("2.0.30").upgraded("backend-3", "2.1.0");
  for (const name of ["backend-2", "backend-3"]) cluster.with(name, sles);
  const spec = aSpec({ version: "2.1.0", packages: packages("2.1.0") });
  const about = planUpgrade(spec, cluster.state()).warnings.filter((each) => /publishes packages/.test(each));
  expect(about).toEqual([
    "backend-2: Chef publishes packages for SUSE Linux Enterprise Server 15 from chef-backend 2.3.16 on; 2.1.0 is older",
  ]);
});

test.each([
  ["2.3.16-1.el7", "el7"],
  ["2.3.16-1.el7.x86_64", "el7"],
  ["2.3.16-1.sles12", "sles12"],
  ["2.3.16-1.amazon2", "amazon2"],
  ["2.3.16-1", null],
  ["2.3.16-1.fc30", null],
])("%s was built for %s", (build, tag) => {
  expect(tagOf(build)).toBe(tag);
});

test("no two rows of the table are of one system", () => {
  for (const { ids, version } of platforms)
    for (const osId of ids) {
      const own = platformOf({ osId, osVersion: version, osLike: [] });
      expect([osId, version, own?.version]).toEqual([osId, version, version]);
    }
});
