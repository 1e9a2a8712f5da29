import { addons } from "../chef/server/addons";
import { portPattern, runningConfig } from "../chef/server/listens";
import { postgresLines } from "../chef/server/postgres";
import { migrationsFolder } from "../chef/server/partybus";
import type { FactRequest } from "../machine/machine";
import { entriesFact } from "../chef/cluster/searchFolder";
import { documentedPlaces, type Places } from "../chef/cluster/places";
import { type RpmTool, tryRpm } from "./rpmTools";
import { backupFolder } from "./searchData";
import { stateDir } from "../machine/stateDir";
import { askApi, askStatus, defaultPort } from "./askServer";
import { askService } from "./localService";

export type Family = "deb" | "rpm";

/** Folders whose file systems an install fills: package, data, logs, the package manager's, ours, and that of Chef's own client. */
export const diskPaths = ["/opt", "/var/opt", "/var/log", "/var/lib", stateDir, "/tmp"] as const;

/** Where Chef's packages put their files. */
const packagedFiles = ["/opt/chef-backend/*", "/opt/opscode/*", "/usr/bin/*chef*-ctl"];

const lockFiles = [
  "/var/lib/dpkg/lock-frontend",
  "/var/lib/dpkg/lock",
  "/var/lib/rpm/.rpm.lock",
  "/usr/lib/sysimage/rpm/.rpm.lock",
];

/**
 * Where yum 3 and libzypp write who is at work, from beginning to end: the kernel knows of no lock then. libzypp empties
 * its own when it is done; one that was killed leaves it (yum, `doLock`; libzypp, `ZYppGlobalLock`).
 */
const pidFiles = ["/var/run/yum.pid", "/var/run/zypp.pid"];

/** What only a backend, and only a frontend, has. */
const backendConfig = "/etc/chef-backend/chef-backend.rb";
const frontendConfig = "/etc/opscode/chef-server.rb";

/** Open Source Chef 11: where it lies, `chef-server-ctl upgrade` asks whether its data shall be taken over (plugins/upgrade.rb). */
export const openSourceServer = "/opt/chef-server";

/** The same of a backend: what its health check looks at, and where backups go, too. */
export const backendDisks = ({ diskPaths: checked }: Places): string[] => [
  ...new Set([...diskPaths, ...checked, dataRoot, backupFolder]),
];

/** Where a backend keeps its database and its search index. */
export const dataRoot = "/var/opt/chef-backend";

/** Below Elasticsearch's address: which Elasticsearch made each index, the closed ones among them (vendor's upgrade page asks it of `chef`). */
const indexSettings = "_all/_settings/index.version.created*?human&expand_wildcards=open,closed";
/** Every index with its health (vendor's upgrade page). */
const indices = "_cat/indices?h=health,status,index";
/** What its shards do at this moment: `status` may be from before. */
const shards = "_cluster/health?level=shards";

/** At which use of its disk Elasticsearch stops placing replicas on a node; the node's own settings tell it before 5.0. */
const settings = "_cluster/settings?include_defaults=true";
const ownSettings = "_nodes/_local/settings";
/** The disk that its data lie on, as it counts it itself. */
const ownDisk = "_nodes/_local/stats/fs";

/**
 * Left where somebody has accepted the license: a backend's, and a frontend's since its release 13, which asks for the three
 * together and for all again where one is missing (license-acceptance).
 */
export const licenseMarkers = {
  backend: ["/var/opt/chef-backend/.license.accepted"],
  frontend: ["chef_infra_server", "chef_infra_client", "inspec"].map(
    (product) => `/etc/chef/accepted_licenses/${product}`,
  ),
} as const;

/** Prints the paths that are there. */
const markers = (paths: readonly string[]): FactRequest => ({
  name: "licenses",
  argv: ["stat", "-c", "%n", ...paths],
});

/** Which migrations of the schema a frontend knows of (vendor's upgrade page). */
export const migrationLevelPath = "/var/opt/opscode/upgrades/migration-level";

/** Seconds for what may wait for a lock or a file system that does not answer. */
const limit = 30;

/** What the machines of each kind have installed. */
export type PackageName = "chef-backend" | "chef-server-core" | "private-chef";

/** What every reading of a machine asks for, of whichever system. All of it changes nothing. */
export function machineFacts(packageName: PackageName): FactRequest[] {
  return [
    { name: "date", argv: ["date", "+%s.%N"] },
    { name: "id", argv: ["id", "-u"] },
    { name: "bootId", argv: ["cat", "/proc/sys/kernel/random/boot_id"] },
    { name: "uptime", argv: ["cat", "/proc/uptime"] },
    { name: "dpkg", argv: ["dpkg-query", "-W", "-f=${Status} ${Version}\n", packageName], limit },
    { name: "dpkgList", argv: ["stat", "-c", "%Y", `/var/lib/dpkg/info/${packageName}.list`] },
    {
      name: "rpm",
      argv: ["rpm", "-q", "--qf", "%{VERSION}-%{RELEASE} %{INSTALLTIME}\n", packageName],
      limit,
    },
    { name: "locks", argv: ["cat", "/proc/locks"] },
    { name: "lockFiles", argv: ["stat", "-c", "%i %n", ...lockFiles] },
    { name: "pidFiles", argv: ["grep", "-H", ".", ...pidFiles] },
    { name: "processes", argv: ["ls", "/proc"] },
  ];
}

/** What only the preflight needs besides, of any machine. @param disks paths whose file systems are looked at */
export function machinePreflightFacts(disks: readonly string[] = diskPaths): FactRequest[] {
  return [
    // RHEL 6 has D-Bus's alone.
    { name: "machineId", argv: ["cat", "/etc/machine-id", "/var/lib/dbus/machine-id"] },
    { name: "osRelease", argv: ["cat", "/etc/os-release"] },
    // What RHEL 6 and CentOS 6 have in its place.
    { name: "redhatRelease", argv: ["cat", "/etc/redhat-release"] },
    // And what SLES 11 has before its SP4.
    { name: "suseRelease", argv: ["cat", "/etc/SuSE-release"] },
    { name: "fips", argv: ["cat", "/proc/sys/crypto/fips_enabled"] },
    { name: "machine", argv: ["uname", "-m"] },
    { name: "fibTrie", argv: ["cat", "/proc/net/fib_trie"] },
    { name: "ifInet6", argv: ["cat", "/proc/net/if_inet6"] },
    // Kernels before 2.6.39 may have no fib_trie.
    { name: "ipAddresses", argv: ["ip", "-o", "addr"] },
    { name: "df", argv: ["df", "-Pk", ...disks], limit },
    { name: "diversions", argv: ["dpkg-divert", "--list", ...packagedFiles], limit },
  ];
}

/** How much lies on the disk of a backend's data: what grows there while a database is copied. */
export const dataUse: FactRequest = { name: "dataUse", argv: ["df", "-Pk", dataRoot], limit };

/** What Elasticsearch says of its shards at this moment: what the failover guard asks on its node, too. */
export const shardHealth = ({ search }: Places): FactRequest => ({
  ...{ name: "shards", argv: askService(search + shards, 5), slow: true, limit: 10 },
});

/** What every reading of a backend asks for. @param places by its own configuration, once that was read */
export function backendFacts(places: Places = documentedPlaces): FactRequest[] {
  const { search, leaderl } = places;
  return [
    { name: "config", argv: ["cat", backendConfig] },
    { name: "clusterStatus", argv: ["chef-backend-ctl", "cluster-status"], slow: true },
    dataUse,
    { name: "status", argv: ["chef-backend-ctl", "status"], slow: true },
    // Beside the others: while it starts it may take its time.
    { name: "search", argv: askService(search, 5), slow: true, limit: 10 },
    // What frontends go by (chef-server's HAProxy).
    {
      name: "leader",
      argv: askService(`${leaderl}leader`, 5, "-o", "/dev/null", "-w", "%{http_code}"),
      slow: true,
      limit: 10,
    },
    shardHealth(places),
    { name: "simpleStatus", argv: ["chef-backend-ctl", "status", "--simple"], slow: true },
    ...machineFacts("chef-backend"),
  ];
}

/** What only the preflight needs besides, of a backend. @param places by its own configuration, once that was read */
export function preflightFacts(places: Places = documentedPlaces): FactRequest[] {
  const { search, searchData } = places;
  return [
    ...machinePreflightFacts(backendDisks(places)),
    { name: "index", argv: askService(search + indexSettings, 5) },
    { name: "indices", argv: askService(search + indices, 5) },
    { name: "searchSettings", argv: askService(search + settings, 5) },
    { name: "searchNode", argv: askService(search + ownSettings, 5) },
    { name: "searchDisk", argv: askService(search + ownDisk, 5) },
    { name: "dataFolder", argv: ["readlink", "-f", searchData], limit },
    { name: "dataDisk", argv: ["df", "-Pk", searchData], limit },
    ...entriesFact(searchData),
    markers(licenseMarkers.backend),
    { name: "serverConfig", argv: ["stat", "-c", "%n", frontendConfig] },
    { name: "procDrbd", argv: ["cat", "/proc/drbd"] },
    { name: "postgres", argv: ["find", `${dataRoot}/postgresql`, ...postgresVersion] },
  ];
}

/** Of each data folder, such as `9.5/data`: the file by which PostgreSQL knows its own (postgresql.org, Database File Layout). */
const postgresVersion = ["-maxdepth", "3", "-name", "PG_VERSION", "-exec", "cat", "{}", "+"];

/** What every reading of a frontend asks for. @param at where it answers its clients, once that was read */
export function frontendFacts(at?: {
  readonly address: string | null;
  readonly port: number;
}): FactRequest[] {
  const { address = null, port = defaultPort } = at ?? {};
  return [
    { name: "serverStatus", argv: ["chef-server-ctl", "status"], slow: true },
    { name: "port", argv: ["grep", "-oE", portPattern, runningConfig] },
    // Where the backends do not answer, it takes as long as it may.
    { name: "answer", argv: askStatus(port), slow: true },
    ...(address === null ? [] : [{ name: "api", argv: askApi(address, port), slow: true }]),
    ...migrationFacts(),
    ...machineFacts("chef-server-core"),
  ];
}

/** How far a Chef server's `upgrade` has come: the level that it keeps, and the migrations of the installed package. */
export function migrationFacts(): FactRequest[] {
  return [
    { name: "migrationLevel", argv: ["cat", migrationLevelPath] },
    { name: "migrations", argv: ["find", migrationsFolder, "-name", "*.rb", "-printf", "%P\\n"] },
  ];
}

/** What only the preflight needs besides, of a frontend. */
export function frontendPreflightFacts(): FactRequest[] {
  return [
    ...machinePreflightFacts(),
    markers(licenseMarkers.frontend),
    { name: "backendConfig", argv: ["stat", "-c", "%n", backendConfig] },
    {
      name: "addons",
      argv: ["dpkg-query", "-W", "-f=${Package} ${Status} ${Version}\n", ...addonPackages],
      limit,
    },
    {
      name: "addonsRpm",
      argv: ["rpm", "-q", "--qf", "%{NAME} %{VERSION}-%{RELEASE}\n", ...addonPackages],
      limit,
    },
    { name: "postgresConfig", argv: ["grep", "-hE", postgresLines, frontendConfig] },
    { name: "openSource", argv: ["stat", "-L", "-c", "%F", openSourceServer] },
    // As its `backup` looks for it: its own folders come first in its PATH.
    { name: "rsync", argv: ["which", "rsync"] },
    {
      name: "ownRsync",
      argv: ["stat", "-L", "-c", "%n", "/opt/opscode/bin/rsync", "/opt/opscode/embedded/bin/rsync"],
    },
  ];
}

const addonPackages = addons.map((addon) => addon.package);

/** Hundreds of MB are read, perhaps from a slow disk: half an hour. */
const wholeFile = { slow: true, limit: 1800 };

/** What trying a tool on a package file tells; in it nothing is installed. */
const toolTest = (name: string, tool: RpmTool, path: string): FactRequest => ({
  name,
  argv: tryRpm(tool, path),
  ...wholeFile,
});

/** By which digests the files are checked while they are unpacked, and whether its administrator wants signatures. */
const ofTool = (path: string): FactRequest[] => [
  { name: "packageDigests", argv: ["rpm", "-qp", "--qf", "%{FILEDIGESTALGO}\n", path] },
  {
    name: "signaturePolicy",
    argv: ["grep", "-h", "localpkg_gpgcheck", "/etc/yum.conf", "/etc/dnf/dnf.conf"],
  },
];

/** What is asked only of a machine whose tool needs its repositories for the package. */
export const repositoryFacts = (tool: RpmTool, path: string): FactRequest[] => [
  toolTest("repositoryTest", { ...tool, from: "repositories" }, path),
];

/**
 * What tells a package file's worth, without installing it.
 * @param tool what would install an .rpm; null where that is rpm itself
 */
export function packageFileFacts(
  family: Family,
  path: string,
  checksum: boolean,
  rpmTool: RpmTool | null = null,
): FactRequest[] {
  const tool: FactRequest[] =
    family === "deb"
      ? [
          {
            name: "packageFields",
            argv: ["dpkg-deb", "-f", path, "Package", "Version", "Architecture", "Installed-Size"],
          },
          { name: "packageDryRun", argv: ["dpkg", "--dry-run", "-i", path], ...wholeFile },
        ]
      : [
          {
            name: "packageFields",
            argv: ["rpm", "-qp", "--qf", "%{NAME}\n%{VERSION}-%{RELEASE}\n%{ARCH}\n%{SIZE}\n", path],
          },
          { name: "packageDryRun", argv: ["rpm", "-U", "--test", path], ...wholeFile },
          ...(rpmTool ? [toolTest("toolTest", rpmTool, path), ...ofTool(path)] : []),
        ];
  // dpkg's dry run does not read the contents; rpm's test does, by the digests in its header.
  const contents = ["dpkg-deb", "--fsys-tarfile", path];
  const sum: FactRequest[] = checksum
    ? [{ name: "packageSha256", argv: ["sha256sum", path], ...wholeFile }]
    : family === "deb"
      ? [{ name: "packageContents", argv: contents, ...wholeFile, discard: true }]
      : [];
  return [{ name: "packageSize", argv: ["stat", "-L", "-c", "%s", path] }, ...tool, ...sum];
}
