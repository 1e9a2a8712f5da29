import type { FrontendState } from "../../provider/cluster/state";
import type { FrontendsSpec } from "../../provider/plan/spec";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import {
  aFrontends,
  aSpec,
  type ClusterBuilder,
  goodFrontendFile,
  installed,
  threeBackends,
} from "../support/aCluster";
import { said } from "../support/said";

const to = "15.10.12";
const given = { path: goodFrontendFile.path, staging: null, stagedKiB: 0 };
const at = (version: string): Partial<FrontendState> => ({ package: installed(version) });
const second = (change: Partial<FrontendState>) =>
  threeBackends().at("2.3.16").frontend("frontend-1").frontend("frontend-2", change);
const both = (change: Partial<FrontendState>) =>
  threeBackends().at("2.3.16").frontend("frontend-1", change).frontend("frontend-2", change);

function refusals(cluster: ClusterBuilder, frontends: Partial<FrontendsSpec> = {}) {
  const wanted = { version: to, packageFile: given, acceptLicense: true, ...frontends };
  const allowDowntime = wanted.version;
  return planUpgrade(aSpec({ frontends: aFrontends(wanted), allowDowntime }), cluster.state()).refusals;
}

const file = (change: Partial<typeof goodFrontendFile> & { problem?: string }) => ({
  packageFiles: { [to]: { ...goodFrontendFile, ...change } },
});
const sizeKiB = 40 * 1024 * 1024;
const full = ["/opt", "/var/log"].map((path) => ({ path, mount: "/", sizeKiB, availableKiB: 1_000_000 }));
const unreachable: Partial<FrontendState> = {
  ...{ unreachable: "no connection", answer: "no connection", family: null, migrationLevel: null },
  package: { state: "absent", version: null, detail: "not reachable", installedAt: null },
};
const interrupted = { ...installed(to), state: "interrupted" as const, detail: "half" };

const cases: [
  what: string,
  cluster: ClusterBuilder,
  frontends: Partial<FrontendsSpec>,
  code: string,
  says: RegExp,
][] = [
  ["a downgrade", both(at("15.11.0")), {}, "frontendPath", /`frontends\.version` is 15\.10\.12/],
  ["no frontend of a Chef Backend", both(at("11.1.8")), {}, "frontendPath", /needs 12\.5\.0 or later/],
  [
    "such a release wanted",
    second({}),
    { version: "12.3.0" },
    "frontendPath",
    /`frontends\.version` to 12\.5/,
  ],
  ["over 12.17.15", both(at("12.6.0")), {}, "frontendPath", /12\.17\.15 first/],
  ["over 12.17.15 to 13", both(at("12.11.1")), { version: "13.0.0" }, "frontendPath", /12\.17\.15 first/],
  ["the license, not given", second({}), { acceptLicense: false }, "license", /read the license/],
  [
    "the license, not given, with one frontend upgraded already",
    second(at(to)),
    { acceptLicense: false },
    "license",
    /runs only with an accepted license/,
  ],
  [
    "the license of 13, too",
    both(at("12.17.15")),
    { acceptLicense: false, version: "13.0.0" },
    "license",
    /13\.0\.0/,
  ],
  [
    "no package given",
    second({}),
    { packageFile: null },
    "frontendPackage",
    /frontend-1, frontend-2 need chef/,
  ],
  [
    "the package is not there",
    second(file({ problem: "not there", missing: true })),
    {},
    "frontendPackage",
    /frontend-2/,
  ],
  ["a wrong package", second(file({ problem: "is of arm64" })), {}, "frontendPackage", /is of arm64/],
  [
    "an interrupted installation",
    second({ package: interrupted }),
    {},
    "frontends",
    /frontend-2: Installation was interrupted/,
  ],
  [
    "its package manager is busy",
    second({ packageLock: "apt-get" }),
    {},
    "packageLock",
    /frontend-2.*apt-get/,
  ],
  [
    "Open Source Chef 11 beside it",
    second({ openSource: true }),
    {},
    "frontends",
    /frontend-2: Open Source Chef 11 is in the way: \/opt\/chef-server is there.*move \/opt\/chef-server away/s,
  ],
  [
    "no room",
    second({ disks: full }),
    {},
    "disk",
    /frontend-2, \/ \(\/opt, \/var\/log\): Not enough disk space/,
  ],
  [
    "no room for temporary files",
    second({
      disks: [
        { path: "/opt", mount: "/", sizeKiB, availableKiB: sizeKiB },
        { path: "/tmp", mount: "/tmp", sizeKiB: 65536, availableKiB: 1024 },
      ],
    }),
    {},
    "disk",
    /frontend-2, \/tmp \(\/tmp\): Not enough disk space: 1 MiB would be left after the install; 16 MiB required/,
  ],
  ["room not read", second({ disks: [] }), {}, "disk", /disk space is unknown/],
  ["two families", second({ family: "rpm" }), {}, "frontends", /frontend-1 deb, frontend-2 rpm/],
  [
    "a backend given as a frontend",
    second({
      isBackend: true,
      package: { state: "absent", version: null, detail: "not installed", installedAt: null },
    }),
    {},
    "frontends",
    /frontend-2: Backend is listed as a frontend/,
  ],
  [
    "one given twice",
    second({ machineId: "machine-frontend-1", bootId: "boot-frontend-0", addresses: ["192.168.33.21"] }),
    {},
    "membership",
    /frontend-1, frontend-2: Machine is listed twice/,
  ],
  ["one cannot be reached", second(unreachable), {}, "frontends", /frontend-2: .*no connection/],
  ["not as root", second({ root: false }), {}, "root", /frontend-2/],
  [
    "another one does not answer",
    second({ answer: "HTTP 500" }),
    {},
    "frontends",
    /frontend-2.*frontend-1 would be/,
  ],
  [
    "no package installed",
    second({ package: { ...interrupted, state: "absent", version: null } }),
    {},
    "frontends",
    /Package chef-server-core is not installed/,
  ],
  ["a strange version", both(at("1.2")), {}, "frontends", /not the version of a release/],
  [
    "backends that are not well",
    second({}).waiting("backend-3"),
    {},
    "unhealthy",
    /`chef-backend-ctl status`/,
  ],
  ["a backend that cannot be reached", second({}).unreachable("backend-3"), {}, "unreachable", /backend-3/],
];

test("backends that are not well are told of once", () => {
  const found = refusals(second({}).waiting("backend-3"));
  expect(found.map(({ code }) => code)).toEqual(["unhealthy"]);
});

test.each(cases)("refused: %s", (_what, cluster, frontends, code, says) => {
  const found = refusals(cluster, frontends);
  expect(found.map((each) => each.code)).toContain(code);
  expect(found.map((each) => `${said(each)}. ${each.next}`).join("\n")).toMatch(says);
});

test.each([
  ["12.15.8", "12.17.15"],
  ["12.17.15", "13.0.0"],
  ["12.17.15", "14.6.32"],
  ["12.17.15", "15.10.12"],
  ["13.0.0", "15.10.12"],
])("a direct way: %s => %s", (from, version) => {
  expect(refusals(both({ ...at(from), packageFiles: { [version]: goodFrontendFile } }), { version })).toEqual(
    [],
  );
});

test("before 13 no license is asked for", () => {
  const version = "12.17.15";
  const cluster = both({ ...at("12.15.8"), packageFiles: { [version]: goodFrontendFile } });
  expect(refusals(cluster, { version, acceptLicense: false })).toEqual([]);
});

test("what is staged needs room, and need not be there yet", () => {
  const staging = { kind: "upload", source: "/x", sha256: "1", file: "x.deb" } as const;
  const packageFile = { path: "x.deb", staging, stagedKiB: 900_000 };
  const missing = file({ problem: "not there", missing: true });
  expect(refusals(both(missing), { packageFile })).toEqual([]);
  const disks = [
    { path: "/opt", mount: "/opt", sizeKiB, availableKiB: 2_000_000 },
    { path: "/var/lib", mount: "/", sizeKiB, availableKiB: 1_000_000 },
    { path: "/var/log", mount: "/", sizeKiB, availableKiB: 1_000_000 },
  ];
  expect(refusals(both({ ...missing, disks }), { packageFile }).map(({ code }) => code)).toEqual([
    "disk",
    "disk",
  ]);
});

describe("the unfinished one is finished, whatever is wrong with another one", () => {
  const hop = { from: "15.9.38-1", to, method: "frontends", because: "" } as const;
  const record = { failover: "on", hop, begun: ["frontend-1/stop"], done: ["frontend-1/stop"] } as const;
  const wrong: Partial<FrontendState>[] = [
    unreachable,
    ...[
      { root: false },
      { packageLock: "yum" },
      { answer: "HTTP 500" },
      { disks: [] },
      { package: interrupted },
    ],
  ];
  test.each(wrong)("%j", (change) => {
    expect(refusals(second(change).record(record))).toEqual([]);
    expect(refusals(second(change))).not.toEqual([]);
  });

  test("but not on backends that are not well, unless it only has to be started", () => {
    const cluster = second({}).record(record).waiting("backend-3");
    expect(refusals(cluster).map(({ code }) => code)).toEqual(["unhealthy"]);
    const upgraded = { package: installed(to), upgradedTo: `${to}-1` };
    expect(refusals(cluster.withFrontend("frontend-1", upgraded))).toEqual([]);
  });
});
