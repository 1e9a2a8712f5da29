import { parseBackendConfig } from "../../provider/chef/cluster/backendConfig";
import { refusals } from "../../provider/plan/preflight";
import { configNotes } from "../../provider/plan/refusals/config";
import { defaultTimeouts, type UpgradeSpec } from "../../provider/plan/spec";
import { viewOf } from "../../provider/plan/view";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import { planRolling } from "../../provider/procedures/rolling";
import {
  aCluster,
  aSpec,
  type ClusterBuilder,
  frozen,
  guidOf,
  installed,
  threeBackends,
} from "../support/aCluster";
import { said } from "../support/said";

/** The package of another version than the usual one, where no node looks at it. */
const packagesOf = (version: string) => ({ [version]: { path: "/p.deb", staging: null, stagedKiB: 0 } });

function refused(cluster: ClusterBuilder, change: Partial<UpgradeSpec> = {}) {
  const spec = frozen(aSpec(change));
  return refusals(spec, viewOf(spec, frozen(cluster.state())));
}

test("a healthy cluster with the package in place is not refused", () => {
  expect(refused(threeBackends())).toEqual([]);
  expect(refused(threeBackends().rpm())).toEqual([]);
});

const disk =
  (mount: string, ...paths: string[]) =>
  (availableKiB: number) =>
    paths.map((path) => ({ path, mount, sizeKiB: 40 * 1024 * 1024, availableKiB }));

/** One thing wrong at a time: code, what the message must name, what the way out must say, seconds of waiting. */
test.each<[string, ClusterBuilder, Partial<UpgradeSpec>, string, RegExp, RegExp, number?]>([
  [
    "unreachable",
    threeBackends().unreachable("backend-2", "timed out"),
    {},
    "unreachable",
    /^backend-2: Backend cannot be reached: timed out$/,
    /restore the SSH connection/,
    300,
  ],
  [
    "not root",
    threeBackends().with("backend-3", { root: false }),
    {},
    "root",
    /^backend-3: Commands do not run as root/,
    /connection\.sudo/,
  ],
  [
    "a package database that cannot be read",
    threeBackends()
      .rpm()
      .with("backend-2", {
        package: {
          state: "unreadable",
          version: null,
          detail: "rpm ended with 1: BDB0113",
          installedAt: null,
        },
      }),
    {},
    ...([
      "packageDatabase",
      /^backend-2: Package database cannot be read: rpm ended/,
      /rpm --rebuilddb/,
      300,
    ] as const),
  ],
  [
    "no package installed",
    threeBackends().with("backend-2", {
      package: { state: "absent", version: null, detail: "", installedAt: null },
    }),
    ...([{}, "package", /^backend-2: Package chef-backend is not installed/, /list the three backends/] as [
      object,
      string,
      RegExp,
      RegExp,
    ]),
  ],
  [
    "a version that cannot be compared",
    threeBackends().with("backend-2", { package: { ...installed("2.1.0"), version: "2.1.0+20190101" } }),
    ...([
      {},
      "package",
      /^backend-2: Installed version is unknown: chef-backend 2\.1\.0\+20190101/,
      /by hand/,
    ] as [object, string, RegExp, RegExp]),
  ],
  [
    "two package families",
    threeBackends().with("backend-1", { family: "rpm" }),
    {},
    "platform",
    /backend-1 rpm, backend-2 deb/,
    /deb on all backends/,
  ],
  [
    "neither family",
    threeBackends().with("backend-1", { family: null }),
    {},
    "platform",
    /backend-1 neither/,
    /deb on all backends/,
  ],
  [
    "Ubuntu 14.04",
    threeBackends().with("backend-1", { osVersion: "14.04", os: "Ubuntu 14.04" }),
    ...([
      {},
      "platform",
      /^backend-1: .*not supported: Ubuntu 14\.04, which chef-backend 2\.3\.16/,
      /operating system/,
    ] as [object, string, RegExp, RegExp]),
  ],
  [
    "RHEL 6",
    threeBackends().rpm().with("backend-1", { osId: "rhel", osVersion: "6.10", os: "RHEL 6.10" }),
    ...([{}, "platform", /not supported: RHEL 6\.10/, /operating system/] as [
      object,
      string,
      RegExp,
      RegExp,
    ]),
  ],
  [
    "another machine",
    threeBackends().with("backend-2", { addresses: ["10.0.0.9"] }),
    {},
    "membership",
    /^backend-2: Host is no backend of this cluster: .*10\.0\.0\.9/,
    /its own address/,
  ],
  [
    "another cluster",
    threeBackends(),
    { knownGuids: ["abc"] },
    "membership",
    /This is another cluster.*abc/,
    /a resource of its own/,
  ],
  [
    "a copy of the cluster: its GUIDs on other machines",
    threeBackends(),
    { knownMachines: { [guidOf("backend-2")]: "machine-of-old" } },
    "membership",
    /^backend-2: This is a copy of the adopted cluster: .* its machine id is machine-backend-2; adopted was machine-of-old/,
    /`pulumi state delete`/,
  ],
  [
    "a load balancer",
    threeBackends().with("backend-2", {
      host: "lb",
      otherMachine: "a (machine id 1), then b (machine id 2)",
    }),
    {},
    "membership",
    /^backend-2: Host leads to more than one machine: two connections to lb reached a .*, then b/,
    /by its own address/,
  ],
  [
    "two entries that reach one machine, of which no row tells",
    threeBackends().with("backend-3", {
      ...{ machineId: "machine-backend-2", bootId: "boot-1" },
      addresses: ["192.168.33.217", "192.168.33.216"],
    }),
    {},
    "membership",
    /Backend is listed twice/,
    /its own address/,
  ],
  [
    "a frontend given as a backend",
    threeBackends().with("backend-2", {
      package: { state: "absent", version: null, detail: "not installed", installedAt: null },
      isFrontend: true,
    }),
    {},
    "package",
    /^backend-2: Frontend is listed as a backend/,
    /`frontends\.nodes`/,
  ],
  [
    "a node down",
    threeBackends().missing("backend-2"),
    {},
    "unhealthy",
    /lists 2 of 3/,
    /`chef-backend-ctl status`/,
    300,
  ],
  ["no leader", threeBackends().follower("backend-1"), {}, "unhealthy", /no leader/, /status/, 360],
  ["two leaders", threeBackends().leader("backend-2"), {}, "unhealthy", /2 leaders/, /status/, 300],
  [
    "a downgrade",
    threeBackends().upgraded("backend-3", "3.0.0"),
    {},
    "downgrade",
    /^backend-3: Downgrade is not supported: 3\.0\.0-1 installed, `version` is 2\.3\.16/,
    /set `version` to 3\.0\.0 or later/,
  ],
  [
    "an older iteration",
    threeBackends().upgraded("backend-3", "2.3.16-2"),
    ...([
      { version: "2.3.16-1" },
      "downgrade",
      /2\.3\.16-2 installed, `version` is 2\.3\.16-1/,
      /set `version` to 2\.3\.16 or later/,
    ] as [object, string, RegExp, RegExp]),
  ],
  [
    "an interrupted dpkg that is not ours",
    threeBackends().interrupted("backend-2"),
    {},
    "interrupted",
    /^backend-2: .*half-configured 2\.3\.16-1/,
    /dpkg --configure -a/,
  ],
  [
    "an interrupted rpm, ours or not",
    threeBackends().rpm().interrupted("backend-2").inside("backend-2"),
    {},
    "interrupted",
    /2\.1\.0-1 and 2\.3\.16-1/,
    /rpm -e --justdb/,
  ],
  [
    "a busy package manager",
    threeBackends().with("backend-1", { packageLock: "process 7 holds /l" }),
    {},
    "packageLock",
    /^backend-1: .*process 7 holds \/l/,
    /never removes the lock/,
    300,
  ],
  [
    "clocks apart",
    threeBackends().with("backend-2", { clockOffset: 2 }).with("backend-3", { clockOffset: -1 }),
    {},
    "clock",
    /^backend-3, backend-2: Clocks .*3\.0 s apart/,
    /NTP/,
  ],
  [
    "no package file given",
    threeBackends().upgraded("backend-1"),
    { packages: {} },
    "packageFile",
    /backend-2, backend-3 need chef-backend 2\.3\.16/,
    /\{ path \}/,
  ],
  [
    "a wrong package file",
    threeBackends().packageFile("backend-2", { problem: "it holds version 2.2.0-1" }),
    {},
    "packageFile",
    /^backend-2: Package file cannot be used: \/srv\/\S+: it holds version 2\.2\.0-1/,
    /put the package/,
  ],
  [
    "a signature that the machine refuses",
    threeBackends()
      .rpm()
      .packageFile("backend-2", { problem: "Public key for x.rpm is not installed", unsigned: true }),
    {},
    "packageFile",
    /^backend-2: Signature of the package is refused: \/srv\/\S+: Public key for x\.rpm is not installed/,
    /^`rpm --import https:\/\/packages\.chef\.io\/chef\.asc`$/m,
  ],
  [
    "somebody installs there, as trying the package told",
    threeBackends().rpm().packageFile("backend-2", { busy: "metadata already locked by 7", tool: null }),
    {},
    "packageLock",
    /^backend-2: .*metadata already locked by 7/,
    /never removes the lock/,
    300,
  ],
  [
    "MD5 digests on EL 8 in FIPS mode",
    threeBackends()
      .rpm()
      .with("backend-2", { osId: "rhel", osVersion: "8.6", os: "RHEL 8.6", fips: true })
      .packageFile("backend-2", { md5: true }),
    {},
    "packageFile",
    /^backend-2: Package has MD5 digests, .*rpm of RHEL 8\.6 would fail to unpack it/,
    /2\.3\.16 or later/,
  ],
  [
    "a package file that is not there",
    threeBackends().packageFile("backend-2", { problem: "there is no such file", missing: true }),
    {},
    "packageFile",
    /no such file/,
    /packageFile\.source/,
  ],
  [
    "little space after unpacking",
    threeBackends().with("backend-1", { disks: disk("/opt", "/opt")(300_000) }),
    ...([
      {},
      "disk",
      /^backend-1, \/opt \(\/opt\): Not enough disk space: 196 MiB too little for the install$/,
      /free at least 196 MiB$/,
    ] as [object, string, RegExp, RegExp]),
  ],
  [
    "space that could not be read",
    threeBackends().with("backend-1", { disks: [] }),
    {},
    "disk",
    /^backend-1: Free disk space is unknown/,
    /df -Pk/,
  ],
  [
    "failover off by others",
    threeBackends().failoverShown("off"),
    {},
    "failover",
    /no run of this provider turned failover off/,
    /`takeOverFailover: true`/,
  ],
])("refused: %s", (_what, cluster, change, code, message, next, waitable = 0) => {
  const found = refused(cluster, change).filter((each) => each.code === code);
  expect(found).toHaveLength(1);
  expect(said(found[0]!)).toMatch(message);
  expect(found[0]!.next).toMatch(next);
  expect(found[0]!.waitable).toBe(waitable);
});

test("removed settings: refused only where the upgrade crosses 1.2.5", () => {
  const at = (version: string, text = "postgresql.shmmax = 1\npostgresql['shmall'] = 2\nvip '10.0.0.1'") =>
    threeBackends()
      .at(version)
      .with("backend-2", { config: parseBackendConfig(text) });
  const to = (version: string) => ({ version, packages: packagesOf(version) });
  expect(refused(at("1.2.4"), to("1.4.40")).map(said)).toEqual([
    "backend-2: chef-backend.rb has settings that are gone: postgresql.shmmax = 1; postgresql['shmall'] = 2",
  ]);
  // Where only Ruby can tell the value, the line stands there all the same; what may set anything names nothing.
  expect(refused(at("1.2.4", "postgresql['shmmax'] = 1 if x"), to("1.4.40")).map(said)).toEqual([
    "backend-2: chef-backend.rb has settings that are gone: postgresql['shmmax'] = 1 if x",
  ]);
  expect(refused(at("1.2.4", "# postgresql.shmmax = 1"), to("1.4.40"))).toEqual([]);
  expect(refused(at("1.2.4"), to("1.2.4"))).toEqual([]);
  expect(refused(at("1.2.5"), to("1.4.40"))).toEqual([]);
});

test("intervals that only Ruby can tell: refused by key, unless the program gives their sum", () => {
  const text = "leaderl.status_post_update_interval_seconds node['x']";
  const cluster = threeBackends().with("backend-2", { config: parseBackendConfig(text) });
  expect(refused(cluster).map(said)).toEqual([
    `backend-2: Status interval is unknown: leaderl.status_post_update_interval_seconds cannot be read: ${text}`,
  ]);
  const given = (statusInterval: number) =>
    refused(cluster, { timeouts: { ...defaultTimeouts, statusInterval } }).map(({ code }) => code);
  expect([given(40), given(15), given(14)]).toEqual([[], [], ["statusInterval"]]);
});

test("other settings that only Ruby can tell are taken as documented, and said by key", () => {
  const config = parseBackendConfig("elasticsearch.port node['port']\neval more if x");
  const one = parseBackendConfig("elasticsearch.port node['port']");
  const cluster = threeBackends().with("backend-1", { config: one }).with("backend-3", { config: one });
  expect(configNotes(cluster.state().nodes)).toEqual([
    "chef-backend.rb on backend-1, backend-3: what `elasticsearch.port node['port']` sets cannot be read. Taken as documented: elasticsearch.port 9200",
  ]);
  expect(configNotes(threeBackends().with("backend-1", { config }).state().nodes)).toEqual([
    "chef-backend.rb on backend-1: what `eval more if x` sets cannot be read. Taken as documented: vip none; etcd.client_port 2379; elasticsearch.port 9200; elasticsearch.data_dir /var/opt/chef-backend/elasticsearch/data; leaderl.leader_ttl_seconds 30; leaderl.required_active_followers 0; leaderl.health_check.disk_paths /var/log/chef-backend and /var/opt/chef-backend; leaderl.health_check.disk_min_space_mb 250",
  ]);
});

test.each<[string, ClusterBuilder, Partial<UpgradeSpec>]>([
  ["clocks exactly 1.5 s apart", threeBackends().with("backend-2", { clockOffset: 1.5 }), {}],
  [
    "a drift within what the measurement can be wrong by",
    threeBackends().with("backend-2", { clockOffset: 2, clockUncertainty: 0.6 }),
    {},
  ],
  [
    "Ubuntu 14.04 below 2.1.0",
    threeBackends().at("2.0.1").with("backend-1", { osVersion: "14.04" }),
    { version: "2.0.30", packages: packagesOf("2.0.30") },
  ],
  ["RHEL 7", threeBackends().rpm().with("backend-1", { osId: "rhel", osVersion: "7.9" }), {}],
  ["Ubuntu 16.04 as of RHEL 6's rule", threeBackends().with("backend-1", { osVersion: "16.04" }), {}],
  ["one known GUID is still there", threeBackends(), { knownGuids: [guidOf("backend-3"), "gone"] }],
  [
    "a wrong file on a node that does not need it",
    threeBackends().upgraded("backend-2").packageFile("backend-2", { problem: "x" }),
    {},
  ],
  [
    "a full disk on a node that does not need it",
    threeBackends().upgraded("backend-2").with("backend-2", { disks: [] }),
    {},
  ],
  ["an interrupted dpkg that is ours", threeBackends().interrupted("backend-2").inside("backend-2"), {}],
  ["failover off by our own record", threeBackends().failoverShown("off").record(), {}],
  ["failover on", threeBackends().failoverShown("on"), {}],
])("not refused: %s", (_what, cluster, change) => expect(refused(cluster, change)).toEqual([]));

test("disk space: what shares a file system is added up, what is staged counts where it will lie", () => {
  const staging = { kind: "upload", source: "p.deb", sha256: "a".repeat(64), file: "p.deb" } as const;
  const packages = { "2.3.16": { path: "p.deb", staging, stagedKiB: 400_000 } };
  const missing = { missing: true, problem: "there is no such file", unpackedKiB: 0 };
  const on = (free: number) =>
    threeBackends()
      .packageFile("backend-1", missing)
      .with("backend-1", { disks: disk("/", "/opt", "/var/lib", "/var/opt/chef-backend")(free) });
  expect(refused(on(720_000), { packages })).toEqual([]);
  expect(refused(on(700_000), { packages }).map(said)).toEqual([
    "backend-1, / (/opt, /var/lib, /var/opt/chef-backend): Not enough disk space: 292 MiB would be left after the install; 300 MiB required",
  ]);
  expect(refused(on(700_000).packageFile("backend-1", { unpackedKiB: 0 }), { packages })).toEqual([]);
});

test("disk space: what is staged counts in our own folder, where a file system of its own is mounted there", () => {
  const staging = { kind: "upload", source: "p.deb", sha256: "a".repeat(64), file: "p.deb" } as const;
  const packages = { "2.3.16": { path: "p.deb", staging, stagedKiB: 400_000 } };
  const missing = { missing: true, problem: "there is no such file", unpackedKiB: 0 };
  const own = "/var/lib/pulumi-chef-backend";
  const on = (free: number, ours: number) =>
    threeBackends()
      .packageFile("backend-1", missing)
      .with("backend-1", {
        disks: [...disk("/", "/opt", "/var/lib", "/var/opt/chef-backend")(free), ...disk(own, own)(ours)],
      });
  expect(refused(on(320_000, 420_000), { packages })).toEqual([]);
  expect(refused(on(720_000, 410_000), { packages }).map(said)).toEqual([
    `backend-1, ${own} (${own}): Not enough disk space: 9 MiB would be left after the install; 16 MiB required`,
  ]);
});

describe("disk space is demanded where something is written, and where the health check looks", () => {
  const on = (mount: string, free: number, text = "", ...paths: string[]) =>
    threeBackends().with("backend-1", {
      config: parseBackendConfig(text),
      disks: disk(mount, ...(paths.length > 0 ? paths : [mount]))(free),
    });
  const moved = "leaderl.health_check.disk_paths ['/data']\nleaderl.health_check['disk_min_space_mb'] = 1000";
  test.each<[string, ClusterBuilder, string[]]>([
    ["a mount on which nothing is written", on("/var/opt", 10), []],
    ["logs of others", on("/var/log", 10), []],
    ["the package's own mount, filled to the last", on("/opt", 500_000), []],
    [
      "where the database keeps its files",
      on("/var/lib", 10_000),
      [
        "backend-1, /var/lib (/var/lib): Not enough disk space: 9 MiB would be left after the install; 16 MiB required",
      ],
    ],
    [
      "a path of the health check",
      on("/var/opt/chef-backend", 200_000),
      [
        "backend-1, /var/opt/chef-backend (/var/opt/chef-backend): Not enough disk space: 195 MiB would be left after the install; 300 MiB required",
      ],
    ],
    ["where it was told to look elsewhere", on("/var/opt/chef-backend", 200_000, moved), []],
    [
      "there, by its own figure",
      on("/data", 1_100_000, moved),
      [
        "backend-1, /data (/data): Not enough disk space: 1074 MiB would be left after the install; 1200 MiB required",
      ],
    ],
    ["and enough of it", on("/data", 1_300_000, moved), []],
    [
      "where only Ruby can tell, as documented",
      on("/var/log/chef-backend", 200_000, "eval x"),
      [
        "backend-1, /var/log/chef-backend (/var/log/chef-backend): Not enough disk space: 195 MiB would be left after the install; 300 MiB required",
      ],
    ],
  ])("%s", (_what, cluster, told) => {
    const statusInterval = 15;
    expect(refused(cluster, { timeouts: { ...defaultTimeouts, statusInterval } }).map(said)).toEqual(told);
  });
});

test("all problems at once, each with its node, its next step, and no node twice for the same", () => {
  const cluster = threeBackends()
    .with("backend-1", { root: false, packageLock: "process 1 holds x" })
    .with("backend-2", { disks: [], clockOffset: 9 })
    .packageFile("backend-3", { problem: "the file is empty" })
    .waiting("backend-3")
    .failoverShown("off");
  const found = planRolling(aSpec({ knownGuids: ["other"] }), cluster.state()).refusals;
  expect(found.map((each) => each.code).sort()).toEqual([
    ...["clock", "disk", "failover", "membership", "packageFile", "packageLock", "root", "unhealthy"],
  ]);
  expect(new Set(found.map(said)).size).toBe(found.length);
  expect(found.every((each) => each.next !== "")).toBe(true);
});

test("with a node unreachable: what the others say of themselves is told all the same, nothing about the cluster", () => {
  const cluster = threeBackends()
    .unreachable("backend-1")
    .with("backend-2", { root: false })
    .packageFile("backend-3", { problem: "the file is empty" });
  expect(refused(cluster).map((each) => [each.code, ...each.where])).toEqual([
    ["unreachable", "backend-1"],
    ["root", "backend-2"],
    ["packageFile", "backend-3"],
  ]);
});

test("the path is refused with the rest, and only where something would change", () => {
  const cluster = aCluster().leader("a").follower("b").follower("c").at("0.9.0");
  const path = (version: string, state = cluster.state()) =>
    planUpgrade(aSpec({ version }), state).refusals.map((each) => each.code);
  expect(path("1.4.40")).toEqual(["path"]);
  expect(path("1.4.40", cluster.with("b", { root: false }).state()).sort()).toEqual(["path", "root"]);
  expect(path("0.9.0", cluster.with("b", { root: true }).state())).toEqual([]);
});
