import { lowDisk } from "../../plan/refusals/disk";
import { refuse } from "../../plan/refusals/rule";
import { packageFileOf } from "../../plan/view";
import { canBeConfigured } from "../stepsOf";
import { needsInstall } from "../view";
import { readable, type Rule } from "./rule";

export const interrupted: Rule = (view) =>
  readable(view)
    .filter((machine) => machine.package.state === "interrupted" && !canBeConfigured(view, machine))
    .filter((machine) => !(machine.family === "deb" && view.begun(`${machine.name}/install`)))
    .map(({ name, family, package: { detail } }) =>
      refuse(
        "interrupted",
        `${name}: an installation was interrupted (${detail})`,
        family === "deb"
          ? "Look at the machine, then run `dpkg --configure -a` there"
          : "Look at the machine; `rpm -q private-chef` must show one version: remove the half-installed one with `rpm -e --justdb`, then install the other again with `rpm -U --replacepkgs`",
      ),
    );

export const packageLock: Rule = (view) =>
  readable(view)
    .filter((machine) => needsInstall(view, machine) && machine.packageLock !== null)
    .map((machine) =>
      refuse(
        "packageLock",
        `${machine.name}: the package manager is busy: ${machine.packageLock}`,
        "Wait until it has ended; the lock is never removed",
        view.spec.timeouts.packageLock,
      ),
    );

/** rpm refuses the right file, too, where it was interrupted: that is told by `interrupted`. */
export const packageFile: Rule = (view) => {
  const { spec } = view;
  const needs = readable(view).filter(
    (machine) =>
      needsInstall(view, machine) && (machine.family === "deb" || machine.package.state !== "interrupted"),
  );
  if (needs.length === 0) return [];
  if (!spec.packageFile) {
    const names = needs.map(({ name }) => name).join(", ");
    const wayOut = "Set packageFile to { path }, { source, sha256 } or { url, sha256 }";
    return [
      refuse(
        "packageFile",
        `packageFile is not given, and ${names} need private-chef ${spec.version} installed`,
        wayOut,
      ),
    ];
  }
  const staged = spec.packageFile.staging !== null;
  return needs.flatMap((machine) => {
    const file = packageFileOf(machine, spec.version);
    if (!file?.problem || (file.missing && staged)) return [];
    const wayOut = staged
      ? "Give the right file in packageFile"
      : `Put the package of private-chef ${spec.version} there, or let it be brought there by packageFile.source or packageFile.url`;
    return [refuse("packageFile", `${machine.name}: ${file.path}: ${file.problem}`, wayOut)];
  });
};

export const room: Rule = (view) =>
  readable(view)
    .filter((machine) => needsInstall(view, machine) && machine.package.state === "installed")
    .flatMap((machine) =>
      lowDisk(
        machine,
        machine.name,
        packageFileOf(machine, view.spec.version),
        view.spec.packageFile?.stagedKiB ?? 0,
        "an upgrade that runs out of it stands still with everything down",
      ),
    );
