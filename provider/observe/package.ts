import type { InstalledPackage, PackageFile, Running, RunitService } from "../cluster/state";
import type { FactResult } from "../machine/machine";
import { failureOf } from "../chef/machine/failure";
import { parseVersion, satisfies } from "../versions/version";
import { short } from "../values/short";
import type { RpmTool } from "../commands/rpmTools";
import { needsOthers, refusesSignature } from "./rpmTest";
import { type Choice, chooseTool, type RpmTests, wouldNot } from "./rpmChoice";

const absent: InstalledPackage = {
  ...{ state: "absent", version: null, detail: "not installed", installedAt: null },
};

const unreadable = (tool: string, query: FactResult): InstalledPackage => ({
  ...{ state: "unreadable", version: null, installedAt: null },
  detail: failureOf(tool, query) ?? `${tool} printed ${short(query.stdout)}`,
});

/**
 * Reads `dpkg-query -W -f='${Status} ${Version}'`; `listMtime` is the mtime of the package's file list. It ends with 1 for
 * a package that it does not know, with 2 where it cannot read its database.
 */
export function parseDpkg(query: FactResult, listMtime: FactResult): InstalledPackage {
  if (query.code === 1 || query.code === 127) return absent;
  const match = /^(\w+) (\S+) (\S+)(?: (\S+))?$/.exec(query.stdout.trim());
  if (query.code !== 0 || !match) return unreadable("dpkg-query", query);
  const [, , , status, version = null] = match;
  if (status === "not-installed" || status === "config-files") return absent;
  const installedAt = listMtime.code === 0 ? Number(listMtime.stdout.trim()) : null;
  // `reinst-required` stands in the second word after an install that broke off.
  const good = status === "installed" && match[2] === "ok";
  const reinstall = !good && (status === "half-installed" || match[2] !== "ok");
  return {
    ...{ state: good ? "installed" : "interrupted", version, detail: `dpkg: ${match[0]}`, installedAt },
    ...(reinstall ? { reinstall } : {}),
    ...(match[1] === "hold" ? { held: true } : {}),
  };
}

/**
 * Reads `rpm -q --qf '%{VERSION}-%{RELEASE} %{INSTALLTIME}\n'`: two lines are an interrupted upgrade. "not installed" is
 * also what it says when it could not read its database; only its errors tell (rpm 4.18; insights-core#2651).
 */
export function parseRpm(query: FactResult): InstalledPackage {
  if (query.code === 127) return absent;
  const lines = query.stdout.split("\n").map((line) => line.trim());
  const found = lines.map((line) => /^(\S+) (\d+)$/.exec(line)).filter((match) => match !== null);
  if (query.code !== 0 || found.length === 0) {
    // One of its errors means nothing: an option of another release in its configuration.
    const failed = /\berror: (?!unrecognized db option)/.test(`${query.stderr}\n${query.stdout}`);
    const unknown = lines.some((line) => /^package \S+ is not installed$/.test(line));
    return unknown && !failed ? absent : unreadable("rpm", query);
  }
  const versions = found.map(([, version]) => version!);
  return {
    state: versions.length === 1 ? "installed" : "interrupted",
    version: versions.at(-1)!,
    detail: `rpm: ${versions.join(" and ")}`,
    installedAt: Number(found.at(-1)![2]),
  };
}

/** Within a major version the releases of Elasticsearch are not documented for every build. */
const major = (version: string) => Number(version.split(".")[0]);

/**
 * Which build the services run (promise 7). A job record of ours decides, unless every service was started before the
 * package was installed: then that `upgrade` ended with 0 and did nothing (chef-server#3214 knows it of the leader).
 * Without a record, services which are all younger than the install (and no reboot since) run it; anything between is
 * unknown, since `upgrade` restarts only what it needs to and a reboot restarts everything.
 * @param upgradedTo by a record that is younger than the installation
 * @param elasticsearch that answers on the node, and the release of it that the package brings; null where not known
 */
export function judgeRunning(
  pkg: InstalledPackage,
  upgradedTo: string,
  services: readonly RunitService[],
  now: number,
  uptime: number | null,
  elasticsearch: { readonly running: string; readonly brought: string } | null = null,
): Running {
  if (elasticsearch && major(elasticsearch.running) < major(elasticsearch.brought))
    return {
      kind: "older",
      because: `Elasticsearch ${elasticsearch.running} answers, and the package brings ${elasticsearch.brought}`,
    };
  if (pkg.version === null) return { kind: "unknown", because: "no package is installed" };
  const installAge = pkg.installedAt === null ? null : now - pkg.installedAt;
  const ages = services.filter((service) => service.up).map((service) => service.seconds);
  const allOlder = installAge !== null && ages.length > 0 && ages.every((age) => age > installAge);
  if (upgradedTo === pkg.version)
    return allOlder
      ? { kind: "older", because: "every service is older than the package, though `upgrade` ended with 0" }
      : { kind: "installed", because: `our upgrade to ${pkg.version} ended well` };
  if (installAge === null || services.length === 0)
    return { kind: "unknown", because: "neither the time of installation nor the services' age is known" };
  if (allOlder)
    return { kind: "older", because: "every service was started before the package was installed" };
  if (uptime === null || uptime < installAge)
    return { kind: "unknown", because: "the node was rebooted after the package was installed" };
  if (ages.length === services.length && ages.every((age) => age < installAge))
    return { kind: "installed", because: "every service was started after the package was installed" };
  return { kind: "unknown", because: "some services are older than the installation, some younger" };
}

/** What a package file must be. */
export interface WantedPackage {
  readonly name: string;
  readonly version: string;
  readonly family: "deb" | "rpm";
  /** The node's architecture as `uname -m` prints it. */
  readonly machine: string;
  readonly sha256?: string;
  /** We bring it into our own folder: another file there is replaced. */
  readonly staged?: boolean;
}

const debArchitectures: Record<string, string> = { x86_64: "amd64", aarch64: "arm64", i686: "i386" };

/** What the tools said of it; each only where it was asked for. */
export interface PackageFacts {
  readonly size?: FactResult;
  readonly fields?: FactResult;
  readonly dryRun?: FactResult;
  /** Of what would install an .rpm in place of rpm itself. */
  readonly tool?: Omit<RpmTests, "rpm">;
  readonly digests?: FactResult;
  readonly sha256?: FactResult;
  readonly contents?: FactResult;
}

/**
 * Judges a package file from `dpkg-deb -f FILE Package Version Architecture Installed-Size` or
 * `rpm -qp --qf '%{NAME}\n%{VERSION}-%{RELEASE}\n%{ARCH}\n%{SIZE}\n'`, the tool's dry run, and its checksum.
 */
export function judgePackageFile(path: string, wanted: WantedPackage, facts: PackageFacts): PackageFile {
  const missing = facts.size?.code !== 0 || (wanted.staged === true && anotherSum(wanted, facts) !== null);
  const fields = wanted.family === "deb" ? debFields(facts.fields) : rpmFields(facts.fields);
  const problem = missing ? "there is no such file" : findProblem(wanted, facts, fields);
  const md5 = usesMd5(facts.digests);
  return {
    ...{ path, problem, missing, unpackedKiB: fields?.unpackedKiB ?? 0 },
    ...(fields && wanted.family === "rpm" ? { build: fields.version } : {}),
    ...(md5 === null ? {} : { md5 }),
    ...(problem === null ? toolFor(wanted, facts) : {}),
    ...(problem?.startsWith(wouldNot) && refusesSignature(facts.dryRun!) ? { unsigned: true } : {}),
  };
}

/** rpm prints no number for MD5, the one that there was before it could be chosen (RPMTAG_FILEDIGESTALGO). */
function usesMd5(digests: FactResult | undefined): boolean | null {
  const said = digests?.code === 0 ? digests.stdout.trim() : "";
  return /^(?:\(none\)|\d+)$/.test(said) ? said === "(none)" || said === "1" : null;
}

function toolFor(wanted: WantedPackage, { dryRun, tool }: PackageFacts): Choice {
  if (wanted.family === "deb" || !dryRun || !tool) return {};
  return chooseTool({ ...tool, rpm: dryRun }, reason);
}

/** What a reading of a package file was to find. */
export interface PackageFileQuestion {
  readonly path: string;
  readonly version: string;
  readonly sha256?: string;
  readonly staged?: boolean;
}

/** Judges a package file by the facts of `packageFileFacts`. @param machine the architecture as `uname -m` prints it */
export function toPackageFile(
  question: PackageFileQuestion,
  name: string,
  family: "deb" | "rpm",
  machine: string,
  facts: Readonly<Record<string, FactResult>>,
  rpmTool: RpmTool | null = null,
): PackageFile {
  const { version, sha256, staged } = question;
  const wanted = { name, family, machine, version, sha256, staged };
  const { toolTest: test, signaturePolicy: policy, repositoryTest: repositories } = facts;
  return judgePackageFile(question.path, wanted, {
    size: facts.packageSize,
    fields: facts.packageFields,
    dryRun: facts.packageDryRun,
    sha256: facts.packageSha256,
    contents: facts.packageContents,
    digests: facts.packageDigests,
    ...(rpmTool && test ? { tool: { tool: rpmTool, test, policy, repositories } } : {}),
  });
}

/** What a tool that failed gave as its reason: warnings, as of a key that it does not know, come before it. */
function reason({ problem, stdout, stderr }: FactResult): string {
  if (problem !== undefined) return `the tool ${problem}`;
  const said = stderr || stdout;
  const lines = said.split("\n").filter((line) => !/^warning: /i.test(line) && line.trim() !== "");
  return short(lines.length > 0 ? lines.join("\n") : said);
}

interface Fields {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly unpackedKiB: number;
}

function findProblem(wanted: WantedPackage, facts: PackageFacts, fields: Fields | null): string | null {
  if (Number(facts.size?.stdout.trim()) === 0) return "the file is empty";
  const sum = anotherSum(wanted, facts);
  if (sum !== null) return `its SHA-256 is ${sum}, expected ${wanted.sha256}`;
  const kind = wanted.family === "deb" ? "Debian package" : "RPM package";
  if (!fields) return `it is not a ${kind}: ${facts.fields ? reason(facts.fields) : "(nothing)"}`;
  if (fields.name !== wanted.name) return `it holds the package ${fields.name}, expected ${wanted.name}`;
  if (!satisfies(fields.version, wanted.version))
    return `it holds version ${fields.version}, expected ${wanted.version}`;
  const arch =
    wanted.family === "deb" ? (debArchitectures[wanted.machine] ?? wanted.machine) : wanted.machine;
  if (![arch, "all", "noarch"].includes(fields.arch))
    return `it is built for ${fields.arch}, the node is ${arch}`;
  if (facts.contents && facts.contents.code !== 0)
    return `its contents cannot be read: ${reason(facts.contents)}`;
  // What rpm alone cannot do, a tool with repositories may.
  if (facts.dryRun && facts.dryRun.code !== 0 && !(facts.tool && needsOthers(facts.dryRun)))
    return `${wouldNot}: ${reason(facts.dryRun)}`;
  return null;
}

/** Null where the file is the one that is wanted, as far as is known. */
function anotherSum({ sha256 }: WantedPackage, facts: PackageFacts): string | null {
  const sum = facts.sha256?.stdout.trim().split(/\s+/)[0]?.replace(/^\\/, "");
  return sha256 && facts.sha256 && sum !== sha256 ? sum || "unreadable" : null;
}

function debFields(result: FactResult | undefined): Fields | null {
  if (result?.code !== 0) return null;
  const value = (field: string) =>
    new RegExp(`^${field}: *(.*)$`, "m").exec(result.stdout)?.[1]?.trim() ?? "";
  const fields = {
    name: value("Package"),
    version: value("Version"),
    arch: value("Architecture"),
    unpackedKiB: Number(value("Installed-Size")) || 0,
  };
  return fields.name && parseVersion(fields.version) ? fields : null;
}

function rpmFields(result: FactResult | undefined): Fields | null {
  if (result?.code !== 0) return null;
  const [name = "", version = "", arch = "", bytes = ""] = result.stdout
    .split("\n")
    .map((line) => line.trim());
  return name && parseVersion(version)
    ? { name, version, arch, unpackedKiB: Math.ceil(Number(bytes) / 1024) || 0 }
    : null;
}
