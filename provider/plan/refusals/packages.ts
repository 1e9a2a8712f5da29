import type { MachineState } from "../../cluster/state";
import type { PackageName } from "../../commands/facts";
import type { Refusal } from "../refusal";
import { packageFor } from "../spec";
import { packageFileOf } from "../view";
import { lowDisk } from "./disk";
import { refuse, type Rule } from "./rule";

const interrupted: Rule = (_spec, view) =>
  view.nodes
    .filter(
      (node) => node.state.package.state === "interrupted" && !(node.inside && node.state.family === "deb"),
    )
    .map(({ state }) => interruptedInstall("interrupted", state, "chef-backend"));

/** Of any machine: what is installed there is half of one version. */
export function interruptedInstall(
  code: "interrupted" | "frontends",
  { name, family, package: { detail } }: MachineState,
  packageName: PackageName,
): Refusal {
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

/** Of any machine: nothing is known of what is installed there, so nothing is installed over it. */
export function unreadableDatabase(
  code: "packageDatabase" | "frontends" | "source",
  { name, package: { state, detail } }: MachineState,
  patience: number,
): Refusal[] {
  if (state !== "unreadable") return [];
  return [
    refuse({
      ...{ code, what: "Package database cannot be read", where: name, seen: detail },
      next: "repair it there with the package manager's own tools: `rpm --rebuilddb`, or what dpkg names",
      waitable: patience,
    }),
  ];
}

const unreadable: Rule = (spec, view) =>
  view.nodes.flatMap(({ state }) => unreadableDatabase("packageDatabase", state, spec.timeouts.packageLock));

/** Only where something will be installed; and a node that is installed is finished first, whoever installs elsewhere. */
const packageLocked: Rule = (spec, view) =>
  view.inside && !view.inside.needsInstall
    ? []
    : view.nodes
        .filter((node) => node.needsInstall)
        .flatMap(({ state }) => busyPackageManager(state, spec.timeouts.packageLock));

/** Of any machine. @param patience seconds for which it is waited for */
export function busyPackageManager({ name, packageLock }: MachineState, patience: number): Refusal[] {
  return packageLock === null
    ? []
    : [
        refuse({
          code: "packageLock",
          what: "Package manager is busy",
          where: name,
          seen: packageLock,
          next: "wait for that process, then run `pulumi up` again; this provider never removes the lock",
          waitable: patience,
        }),
      ];
}

const noPackageFile: Rule = (spec, view) => {
  const names = view.nodes.filter((node) => node.needsInstall).map((node) => node.name);
  return packageFor(spec, spec.version) === null && names.length > 0
    ? [
        refuse({
          code: "packageFile",
          what: "Package missing",
          where: "input `packageFile`",
          seen: `not set; ${names.join(", ")} need${names.length === 1 ? "s" : ""} chef-backend ${spec.version}`,
          next: [
            "set `packageFile` to `{ path }`, `{ source, sha256 }` or `{ url, sha256 }`",
            `for an upgrade path of several hops, set \`packageFiles["${spec.version}"]\``,
          ].join("\n"),
        }),
      ]
    : [];
};

const badPackageFile: Rule = (spec, view) => {
  const staged = Boolean(packageFor(spec, spec.version)?.staging);
  return view.nodes
    .filter((node) => node.needsInstall)
    .flatMap(({ state }) =>
      unusableFile("packageFile", state, spec.version, {
        ...{ staged, field: "packageFile", packageName: "chef-backend" },
      }),
    );
};

/** Of any machine: the file of a version is not there, or is not what is to be installed. */
export function unusableFile(
  code: "packageFile" | "frontendPackage",
  machine: MachineState,
  version: string,
  { staged, field, packageName }: { staged: boolean; field: string; packageName: PackageName },
): Refusal[] {
  const file = packageFileOf(machine, version);
  if (!file?.problem || (file.missing && staged)) return [];
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

const noRoom: Rule = (spec, view) =>
  lowDisk(
    view.nodes
      .filter((node) => node.needsInstall && node.state.package.state === "installed")
      .map(({ state }) => ({
        machine: state,
        file: packageFileOf(state, spec.version),
        stagedKiB: packageFor(spec, spec.version)?.stagedKiB ?? 0,
      })),
  );

/** The package that a later hop installs: looked at before the first one begins. */
export const laterPackageRules: Rule[] = [noPackageFile, badPackageFile];

/** The package to be installed, the package manager, and the room there is. */
export const packageRules: Rule[] = [
  unreadable,
  interrupted,
  packageLocked,
  noPackageFile,
  badPackageFile,
  noRoom,
];
