import type { PackageName } from "../../commands/facts";
import { isSameMachine } from "../../chef/machine/sameMachine";
import type { MachineState, PackageFile } from "../../cluster/state";
import { type Refusal, refuse } from "../refusal";
import { parseVersion } from "../../versions/version";
import type { PackageSource } from "../spec";
import { together } from "../../values/together";
import { packageFileOf } from "../view";

// What can be in the way on a machine of any system, in the same words for all of them.

/** Why a machine cannot be reached, without its own name: that stands under `where`. */
export function whyUnreachable({ name, unreachable }: Pick<MachineState, "name" | "unreachable">): string {
  const why = unreachable!;
  return why.startsWith(`${name}: `) ? why.slice(name.length + 2) : why;
}

/** Of machines that cannot be reached, one warning for each reason: a bastion that is down is theirs together. */
export const unreachableNotes = (machines: readonly Pick<MachineState, "name" | "unreachable">[]): string[] =>
  together(machines.map((machine) => [machine.name, whyUnreachable(machine)] as const)).map(
    ([names, why]) => `${names} cannot be reached: ${why}`,
  );

const ownAddress = "list each machine once, by its own address, never by a VIP or a load balancer's";

/** Given under two names, or by an address that moves. */
export const listedTwice = (machines: readonly MachineState[]): Refusal[] =>
  machines.flatMap((machine, at) => {
    const twin = machines.slice(0, at).find((other) => isSameMachine(machine, other));
    if (!twin) return [];
    const { bootId, addresses } = machine;
    return [
      refuse({
        code: "membership",
        what: "Machine is listed twice",
        where: [twin.name, machine.name],
        seen: `both have the boot id ${bootId} and the address ${addresses.find((each) => twin.addresses.includes(each))}`,
        next: ownAddress,
      }),
    ];
  });

/** A load balancer, or a name that moves: what is begun on one machine would go on on another. */
export const leadingToSeveral = (machines: readonly MachineState[]): Refusal[] =>
  machines.flatMap(({ name, host, otherMachine }) =>
    otherMachine === null
      ? []
      : [
          refuse({
            code: "membership",
            what: "Host leads to more than one machine",
            where: name,
            seen: `two connections to ${host} reached ${otherMachine}`,
            next: ownAddress,
          }),
        ],
  );

/** A command does not run as root there. */
export const asUser = (name: string): Refusal =>
  refuse({
    code: "root",
    what: "Commands do not run as root",
    where: name,
    seen: "`id -u` does not print 0",
    next: "log in as root (`connection.user`), or set `connection.sudo`",
  });

/** By which input failed scripts of a build are accepted. */
type ScriptsInput = "acceptFailedScripts" | "frontends.acceptFailedScripts";

/** What is installed there is half of one version, or one whose own scripts have not done their part. */
export function interruptedInstall(
  code: "interrupted" | "frontends",
  machine: MachineState,
  packageName: PackageName,
  field: ScriptsInput = "acceptFailedScripts",
): Refusal {
  const { name, family, package: pkg } = machine;
  const { detail } = pkg;
  if (pkg.failedScript !== undefined) return scriptFailed(machine, packageName, field);
  return refuse({
    code,
    what: "Installation was interrupted",
    where: name,
    seen: detail,
    next:
      family === "deb"
        ? "look at the machine, then finish it: `dpkg --configure -a`"
        : [
            "look at the machine; exactly one version must be left:",
            `list what rpm has: \`rpm -q ${packageName}\``,
            "forget the half-installed one: `rpm -e --justdb` and its full name",
            "install the other one again: `rpm -U --replacepkgs` and its file",
          ].join("\n"),
  });
}

/** Of a backend of Chef Backend, and of one of its frontends. */
export const interruptedBackend = (machine: MachineState) =>
  interruptedInstall("interrupted", machine, "chef-backend");
export const interruptedFrontend = (machine: MachineState) =>
  interruptedInstall("frontends", machine, "chef-server-core", "frontends.acceptFailedScripts");

/**
 * rpm has installed the package, and a script of it failed: what it was to prepare may be missing. Installed again it is
 * another installation, whose scripts are judged by who reads what it prints.
 */
function scriptFailed(
  { name, stateDir, package: { failedScript, detail, version } }: MachineState,
  packageName: PackageName,
  field: ScriptsInput,
): Refusal {
  const { release, iteration } = parseVersion(version!)!;
  return refuse({
    code: "script",
    what: "Script of the package failed",
    where: name,
    seen: `${failedScript}\n${detail} is installed all the same; rpm itself keeps no note of the failure`,
    next: [
      `see why: ${stateDir}/install there holds all that was printed`,
      `then install ${packageName} ${version} once more, until no script fails: \`rpm -U --replacepkgs\` and its file`,
      `if it does not matter, or is done by hand, set \`${field}: "${release}-${iteration}"\``,
    ].join("\n"),
  });
}

/** Nothing is known of what is installed there, so nothing is installed over it. */
export function unreadableDatabase(
  code: "packageDatabase" | "frontends" | "source",
  { name, family, package: { state, detail } }: MachineState,
  patience: number,
): Refusal[] {
  if (state !== "unreadable") return [];
  return [
    refuse({
      ...{ code, what: "Package database cannot be read", where: name, seen: detail },
      next: family === "rpm" ? "rebuild it there: `rpm --rebuilddb`" : "repair it there as dpkg's words say",
      waitable: patience,
    }),
  ];
}

/**
 * @param patience seconds for which it is waited for
 * @param version of the package that is to be installed: trying it may have told
 */
export function busyPackageManager(machine: MachineState, patience: number, version?: string): Refusal[] {
  const tried = version === undefined ? null : packageFileOf(machine, version);
  const seen = machine.packageLock ?? tried?.busy ?? null;
  return seen === null
    ? []
    : [
        refuse({
          code: "packageLock",
          what: "Package manager is busy",
          where: machine.name,
          seen,
          next: "wait for that process, then run `pulumi up` again; this provider never removes the lock",
          waitable: patience,
        }),
      ];
}

/** The file of a version is not there, or is not what is to be installed. */
export function unusableFile(
  code: "packageFile" | "frontendPackage",
  machine: MachineState,
  version: string,
  { source, field, packageName }: { source: PackageSource | null; field: string; packageName: PackageName },
): Refusal[] {
  const staged = Boolean(source?.staging);
  const file = packageFileOf(machine, version);
  // Where an earlier run has brought it, it need not be here any more.
  if (source?.unusable && file?.problem !== null) return [notToBeUploaded(code, source.unusable)];
  if (!file?.problem || (file.missing && staged)) return [];
  if (file.unsigned) return [refusedSignature(code, machine.name, file)];
  return [
    refuse({
      code,
      what: "Package file cannot be used",
      where: machine.name,
      seen: `${file.path}: ${file.problem}`,
      next: staged
        ? `set \`${field}\` to the right file`
        : `put the package of ${packageName} ${version} there, or set \`${field}.source\` or \`${field}.url\` to stage it`,
    }),
  ];
}

/** The file on this machine, which is to be uploaded. */
function notToBeUploaded(
  code: "packageFile" | "frontendPackage",
  { field, seen }: NonNullable<PackageSource["unusable"]>,
): Refusal {
  return refuse({
    ...{ code, what: "Package file cannot be used", where: `input \`${field}\``, seen },
    next: `set \`${field}\` to the right file on the machine that runs Pulumi`,
  });
}

/** Chef's public key, by which its packages are signed (docs.chef.io/packages). */
const chefKey = "https://packages.chef.io/chef.asc";

/** The machine's package manager is set to refuse such packages: that is never gone round. */
function refusedSignature(
  code: "packageFile" | "frontendPackage",
  name: string,
  { path, problem }: PackageFile,
): Refusal {
  return refuse({
    code,
    what: "Signature of the package is refused",
    where: name,
    seen: `${path}: ${problem}`,
    next: [
      "import Chef's key on the machine, from a copy of it if there is no way to the internet:",
      `\`rpm --import ${chefKey}\``,
      "or sign a package of your own with a key that rpm knows there; this provider never turns the check off",
    ].join("\n"),
  });
}
