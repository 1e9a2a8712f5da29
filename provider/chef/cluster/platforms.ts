import { compareVersions } from "../../versions/version";

/** Where Chef says it. */
export const platformSources = {
  list: "https://docs.chef.io/platforms/#chef-backend",
  "2.1.0": "https://docs.chef.io/release_notes/backend/#chef-backend-210",
  "2.3.16": "https://docs.chef.io/release_notes/backend/#chef-backend-2316",
} as const;

/** An operating system that Chef has published packages of chef-backend for. */
export interface Platform {
  readonly name: string;
  /** ID of `/etc/os-release`. */
  readonly ids: readonly string[];
  /** The beginning of its VERSION_ID: what stands before a dot, or all of it. */
  readonly version: string;
  /** First release with packages for it; null: none is named. */
  readonly since: string | null;
  /** First release without; null: none. */
  readonly until: string | null;
  readonly source: keyof typeof platformSources;
  /** How its packages are called: `el7` in `chef-backend-2.3.16-1.el7.x86_64.rpm`; null for Debian packages. */
  readonly tag: string | null;
}

const enterprise = ["rhel", "centos", "ol"];
const suse = ["sles", "sles_sap"];

/**
 * Every platform that Chef's list and release notes of Chef Backend name, with what they say of it. The list still has EL 6,
 * for which 2.3.16 ended; Oracle Linux takes the packages of RHEL; AlmaLinux and Rocky Linux are listed as derived from
 * EL 8. One that is not here is not judged.
 */
export const platforms: readonly Platform[] = [
  {
    ...{ name: "RHEL, CentOS and Oracle Linux 6", ids: enterprise, version: "6", tag: "el6" },
    ...{ since: null, until: "2.3.16", source: "2.3.16" },
  },
  {
    ...{ name: "RHEL, CentOS and Oracle Linux 7", ids: enterprise, version: "7", tag: "el7" },
    ...{ since: null, until: null, source: "list" },
  },
  {
    ...{ name: "RHEL, CentOS, Oracle Linux, AlmaLinux and Rocky Linux 8", tag: "el8" },
    ...{ ids: [...enterprise, "almalinux", "rocky"], version: "8" },
    ...{ since: "2.1.0", until: null, source: "2.1.0" },
  },
  {
    ...{ name: "SUSE Linux Enterprise Server 11", ids: suse, version: "11", tag: "sles11" },
    ...{ since: null, until: "2.1.0", source: "2.1.0" },
  },
  {
    ...{ name: "SUSE Linux Enterprise Server 12", ids: suse, version: "12", tag: "sles12" },
    ...{ since: null, until: null, source: "list" },
  },
  {
    ...{ name: "SUSE Linux Enterprise Server 15", ids: suse, version: "15", tag: "sles15" },
    ...{ since: "2.3.16", until: null, source: "2.3.16" },
  },
  {
    ...{ name: "Amazon Linux 2", ids: ["amzn"], version: "2", tag: "amazon2" },
    ...{ since: "2.3.16", until: null, source: "2.3.16" },
  },
  {
    ...{ name: "Ubuntu 14.04", ids: ["ubuntu"], version: "14", tag: null },
    ...{ since: null, until: "2.1.0", source: "2.1.0" },
  },
  {
    ...{ name: "Ubuntu 16.04", ids: ["ubuntu"], version: "16.04", tag: null },
    ...{ since: null, until: null, source: "list" },
  },
  {
    ...{ name: "Ubuntu 18.04", ids: ["ubuntu"], version: "18.04", tag: null },
    ...{ since: null, until: null, source: "list" },
  },
  {
    ...{ name: "Ubuntu 20.04", ids: ["ubuntu"], version: "20.04", tag: null },
    ...{ since: "2.3.16", until: null, source: "2.3.16" },
  },
];

/** What a machine says of its operating system. */
export interface Os {
  readonly osId: string;
  readonly osVersion: string;
  readonly osLike: readonly string[];
}

const isVersion = (os: Os, { version }: Platform) =>
  os.osVersion === version || os.osVersion.startsWith(`${version}.`);

/** The platform that a machine is; null where Chef names none like it. */
export const platformOf = (os: Os): Platform | null =>
  platforms.find((each) => each.ids.includes(os.osId) && isVersion(os, each)) ?? null;

/** The one that it is derived from, where it counts its versions as that does; null for one that is named itself. */
export function parentOf(os: Os): Platform | null {
  if (platforms.some(({ ids }) => ids.includes(os.osId))) return null;
  return (
    platforms.find((each) => each.ids.some((id) => os.osLike.includes(id)) && isVersion(os, each)) ?? null
  );
}

/** Whether a release has no packages for a platform any more. */
export const hasEnded = ({ until }: Platform, version: string) =>
  until !== null && compareVersions(version, until) >= 0;

/** Whether a release has no packages for a platform yet. */
export const isAhead = ({ since }: Platform, version: string) =>
  since !== null && compareVersions(version, since) < 0;

/**
 * Whether rpm fails there to unpack files that have MD5 digests, while the kernel is in FIPS mode: EL 8 and later, known of
 * Chef's own packages (chef/chef#11790). Its test passes.
 */
export const unpacksNoMd5 = ({ osId, osVersion }: Os): boolean =>
  [...enterprise, "almalinux", "rocky"].includes(osId) && Number.parseInt(osVersion, 10) >= 8;

/** The first release whose packages have SHA-256 digests of their files; earlier ones have MD5 (release notes of 2.3.16). */
export const withoutMd5 = "2.3.16";

/** The platform that a package of a build such as `2.3.16-1.el7` was made for, where its name says so. */
export const tagOf = (build: string): string | null =>
  /-[^-]*\.((?:el|sles|amazon)\d+)(?:\.|$)/.exec(build)?.[1] ?? null;

/** The table, for the documentation. */
export function platformTable(): string {
  const header = ["Operating system", "`/etc/os-release`", "Packages", "Source"];
  const rows = platforms.map(({ name, ids, version, since, until, source }) => [
    name,
    `${ids.map((id) => `\`${id}\``).join(", ")} \`${version}\``,
    until ? `refused from ${until} on` : since ? `from ${since} on` : "listed",
    `[${source === "list" ? "platforms" : `release notes of ${source}`}](${platformSources[source]})`,
  ]);
  const widths = header.map((each, at) => Math.max(each.length, ...rows.map((row) => row[at]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
