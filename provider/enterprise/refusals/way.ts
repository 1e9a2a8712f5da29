import { refuse } from "../../plan/refusal";
import { notApproved } from "../../plan/refusals/approval";
import { compareVersions, parseVersion, release } from "../../versions/version";
import { downtimeOf } from "../describe";
import { needsInstall } from "../view";
import { readable, type Rule } from "./rule";

export const downgrade: Rule = (view) => {
  const newer = readable(view)
    .flatMap(({ name, package: { version } }) => (version === null ? [] : [{ name, version }]))
    .filter(({ version }) => parseVersion(version) && compareVersions(version, view.spec.version) > 0);
  const highest = newer
    .map(({ version }) => version)
    .sort(compareVersions)
    .at(-1);
  return newer.map(({ name, version }) =>
    refuse({
      code: "downgrade",
      what: "Downgrade is not supported",
      where: name,
      seen: `${version} installed, \`version\` is ${view.spec.version}`,
      next: `set \`version\` to ${release(highest!)} or later`,
    }),
  );
};

/** Chef's guide is about this path only. */
export const path: Rule = (view) => {
  const { spec, from } = view;
  const odd = readable(view).find(
    (machine) =>
      needsInstall(view, machine) &&
      machine.package.state === "installed" &&
      parseVersion(machine.package.version ?? "") &&
      !/^1\./.test(machine.package.version!),
  );
  const installed = release(odd?.package.version ?? from);
  return /^11\./.test(spec.version) && !odd
    ? []
    : [
        refuse({
          code: "path",
          what: "No documented upgrade path",
          where: `${installed} -> ${spec.version}`,
          seen: "Chef documents the upgrade from Private Chef 1.x to Enterprise Chef 11.x",
          next: "set `version` to a release of 11.x, for machines that have 1.x",
        }),
      ];
};

export const changedMind: Rule = ({ spec, record }) =>
  record &&
  !record.finished &&
  record.task === "upgrade" &&
  record.to !== spec.version &&
  record.begun.length > 0
    ? [
        refuse({
          code: "version",
          what: "Unfinished upgrade to another version",
          where: "input `version`",
          seen: `an upgrade to ${record.to} was begun and is not finished; \`version\` is ${spec.version}`,
          next: `set \`version\` to ${record.to} and finish that upgrade first`,
        }),
      ]
    : [];

/** Given by naming the version that it is for, so that it does not stay for the next one. */
export const consent: Rule = (view) => {
  const { spec, open } = view;
  const given = spec.allowDowntime === null ? null : release(spec.allowDowntime);
  const wanted = release(spec.version);
  if (open || given === wanted) return [];
  return [
    notApproved({
      where: `${release(view.from)} -> ${wanted}`,
      ...{ given, wanted, parts: downtimeOf(view) },
    }),
  ];
};
