import { lowDisk } from "../../plan/refusals/disk";
import { refuse } from "../../plan/refusal";
import { busyPackageManager, interruptedInstall, unusableFile } from "../../plan/refusals/anyMachine";
import { packageFileOf } from "../../plan/view";
import { canBeConfigured } from "../stepsOf";
import { needsInstall } from "../view";
import { readable, type Rule } from "./rule";

export const interrupted: Rule = (view) =>
  readable(view)
    .filter((machine) => machine.package.state === "interrupted" && !canBeConfigured(view, machine))
    .filter((machine) => !(machine.family === "deb" && view.begun(`${machine.name}/install`)))
    .map((machine) => interruptedInstall("interrupted", machine, "private-chef"));

export const packageLock: Rule = (view) =>
  readable(view)
    .filter((machine) => needsInstall(view, machine))
    .flatMap((machine) => busyPackageManager(machine, view.spec.timeouts.packageLock));

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
    return [
      refuse({
        code: "packageFile",
        what: "Package missing",
        where: "input `packageFile`",
        seen: `not set; ${names} need${needs.length === 1 ? "s" : ""} private-chef ${spec.version}`,
        next: "set `packageFile` to `{ path }`, `{ source, sha256 }` or `{ url, sha256 }`",
      }),
    ];
  }
  return needs.flatMap((machine) =>
    unusableFile("packageFile", machine, spec.version, {
      ...{ source: spec.packageFile, field: "packageFile", packageName: "private-chef" },
    }),
  );
};

export const room: Rule = (view) =>
  lowDisk(
    readable(view)
      .filter((machine) => needsInstall(view, machine) && machine.package.state === "installed")
      .map((machine) => ({
        machine,
        file: packageFileOf(machine, view.spec.version),
        stagedKiB: view.spec.packageFile?.stagedKiB ?? 0,
      })),
  );
