import { refuse } from "../../plan/refusals/rule";
import { compareVersions, parseVersion, release } from "../../versions/version";
import { downtimeOf } from "../describe";
import { needsInstall } from "../view";
import { readable, type Rule } from "./rule";

export const downgrade: Rule = (view) =>
  readable(view).flatMap(({ name, package: { version } }) =>
    version !== null && parseVersion(version) && compareVersions(version, view.spec.version) > 0
      ? [
          refuse(
            "downgrade",
            `${name} has private-chef ${version}, newer than the wanted ${view.spec.version}`,
            `There is no downgrade: set version to ${release(version)} or later`,
          ),
        ]
      : [],
  );

/** The vendor's page is about this way only. */
export const path: Rule = (view) => {
  const { spec, from } = view;
  const odd = readable(view).find(
    (machine) =>
      needsInstall(view, machine) &&
      machine.package.state === "installed" &&
      parseVersion(machine.package.version ?? "") &&
      !/^1\./.test(machine.package.version!),
  );
  return /^11\./.test(spec.version) && !odd
    ? []
    : [
        refuse(
          "path",
          `No documented way leads from private-chef ${release(odd?.package.version ?? from)} to ${spec.version} with this procedure`,
          "It takes Private Chef 1.x to Enterprise Chef 11.x: choose such a version",
        ),
      ];
};

export const changedMind: Rule = ({ spec, record }) =>
  record &&
  !record.finished &&
  record.task === "upgrade" &&
  record.to !== spec.version &&
  record.begun.length > 0
    ? [
        refuse(
          "version",
          `An upgrade to ${record.to} was begun and is not finished`,
          `Set version to ${record.to} and finish it first`,
        ),
      ]
    : [];

/** Given by naming the version that it is for, so that it does not stay for the next one. */
export const consent: Rule = (view) => {
  const { spec, open } = view;
  const given = spec.allowDowntime === null ? null : release(spec.allowDowntime);
  const wanted = release(spec.version);
  if (open || given === wanted) return [];
  const was =
    given === null ? "allowDowntime is not given" : `allowDowntime is ${given}, for another version`;
  return [
    refuse(
      "downtime",
      `This needs downtime, and ${was}. ${downtimeOf(view).join("; ")}`,
      `When that may happen, set allowDowntime: "${wanted}"`,
    ),
  ];
};
