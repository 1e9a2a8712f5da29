import { compareVersions, parseVersion, release } from "../../versions/version";
import { asksForLicense, frontendPathRefusal } from "../../paths/frontendPaths";
import type { FrontendView } from "../frontendView";
import type { Refusal } from "../refusal";
import { openSourceServer } from "../../commands/facts";
import { packageFileOf } from "../view";
import type { UpgradeSpec } from "../spec";
import { lowDisk } from "./disk";
import { busyPackageManager, interruptedFrontend, unusableFile } from "./anyMachine";
import { refuse } from "./rule";

/** One thing that forbids upgrading the frontends. */
type Rule = (spec: UpgradeSpec, views: readonly FrontendView[], wanted: string) => Refusal[];

/** Those that have to be installed and can be read. */
const comparableOf = (views: readonly FrontendView[]) =>
  views.filter((view) => view.needsInstall && parseVersion(view.state.package.version ?? "") !== null);

const each =
  (judge: (view: FrontendView, spec: UpgradeSpec, wanted: string) => Refusal[]): Rule =>
  (spec, views, wanted) =>
    comparableOf(views).flatMap((view) => judge(view, spec, wanted));

const downgrade: Rule = (_spec, views, wanted) => {
  const newer = comparableOf(views).filter(
    ({ state }) => compareVersions(state.package.version!, wanted) > 0,
  );
  const highest = newer
    .map(({ state }) => state.package.version!)
    .sort(compareVersions)
    .at(-1);
  return newer.map(({ name, state }) =>
    refuse({
      code: "frontendPath",
      what: "Downgrade is not supported",
      where: name,
      seen: `chef-server-core ${state.package.version} installed, \`frontends.version\` is ${wanted}`,
      next: `set \`frontends.version\` to ${release(highest!)} or later`,
    }),
  );
};

const path = each(({ name, state }, _spec, wanted) => {
  const refusal = frontendPathRefusal(name, state.package.version!, wanted);
  return refusal ? [refusal] : [];
});

const license: Rule = (spec, views, wanted) =>
  views.some((view) => !view.done && !view.upgraded) &&
  asksForLicense(wanted) &&
  !spec.frontends!.acceptLicense
    ? [licenseNotAccepted(wanted)]
    : [];

/** Of any system whose frontends get this release. */
export const licenseNotAccepted = (version: string): Refusal =>
  refuse({
    code: "license",
    what: "License is not accepted",
    where: "input `frontends.acceptLicense`",
    seen: `not true; chef-server-core ${version} runs only with an accepted license`,
    next: "read the license, then set `frontends.acceptLicense: true`",
  });

/** Its `upgrade` would ask a question there, which nobody can answer, and end in a crash. */
const openSource: Rule = (_spec, views) =>
  views
    .filter((view) => !view.done && !view.upgraded && view.state.openSource)
    .map(({ name }) =>
      refuse({
        code: "frontends",
        what: "Open Source Chef 11 is in the way",
        where: name,
        seen: `${openSourceServer} is there: \`chef-server-ctl upgrade\` asks whether to take over its data, and nobody can answer`,
        next: `move ${openSourceServer} away if that server is no longer in use`,
      }),
    );

/** One file is given for all of them. */
const mixedFamilies: Rule = (_spec, views) => {
  const needy = views.filter((view) => view.needsInstall && view.state.unreachable === null);
  return new Set(needy.map((view) => view.state.family)).size > 1
    ? [
        refuse({
          code: "frontends",
          what: "Frontends use different package families",
          where: needy.map(({ name }) => name),
          seen: needy.map(({ name, state }) => `${name} ${state.family ?? "neither"}`).join(", "),
          next: "use deb on all frontends, or rpm on all frontends: all get the one package",
        }),
      ]
    : [];
};

const noPackage: Rule = (spec, views, wanted) => {
  const names = views
    .filter((view) => view.needsInstall && view.state.unreachable === null)
    .map((view) => view.name);
  return spec.frontends!.packageFile === null && names.length > 0
    ? [
        refuse({
          code: "frontendPackage",
          what: "Package missing",
          where: "input `frontends.packageFile`",
          seen: `not set; ${names.join(", ")} need${names.length === 1 ? "s" : ""} chef-server-core ${wanted}`,
          next: "set `frontends.packageFile` to `{ path }`, `{ source, sha256 }` or `{ url, sha256 }`",
        }),
      ]
    : [];
};

const badPackage = each(({ state }, spec, wanted) =>
  unusableFile("frontendPackage", state, wanted, {
    source: spec.frontends!.packageFile,
    ...{ field: "frontends.packageFile", packageName: "chef-server-core" },
  }),
);

const noRoom: Rule = (spec, views, wanted) =>
  lowDisk(
    comparableOf(views)
      .filter(({ state }) => state.package.state === "installed")
      .map(({ state }) => ({
        machine: state,
        file: packageFileOf(state, wanted),
        stagedKiB: spec.frontends!.packageFile?.stagedKiB ?? 0,
      })),
  );

const interrupted: Rule = (_spec, views) =>
  views
    .filter(
      (view) => view.state.package.state === "interrupted" && !(view.inside && view.state.family === "deb"),
    )
    .map(({ state }) => interruptedFrontend(state));

const packageLocked = each(({ state }, spec) => busyPackageManager(state, spec.timeouts.packageLock));

/** With two or more, somebody answers at any time: none is taken out while another one does not. */
const nobodyLeft: Rule = (spec, views) => {
  const next = views.find((view) => view.inside) ?? views.find((view) => !view.done);
  if (!next || next.inside) return [];
  return views
    .filter((view) => view !== next && view.state.unreachable === null && view.state.answer !== "pong")
    .map(({ name, state }) =>
      refuse({
        code: "frontends",
        what: "Frontend does not answer",
        where: name,
        seen: `/_status: ${state.answer}; ${next.name} would be taken out of service too`,
        next: "run `chef-server-ctl status` there and fix what it shows",
        waitable: spec.timeouts.healthy,
      }),
    );
};

/** What is looked at before any part of the way begins: it does not pass by itself, and does not change meanwhile. */
export const laterFrontendRules: Rule[] = [
  downgrade,
  path,
  license,
  openSource,
  mixedFamilies,
  noPackage,
  badPackage,
  noRoom,
  interrupted,
];

/** What forbids upgrading the frontends' package, all at once. */
export const frontendUpgradeRules: Rule[] = [...laterFrontendRules, packageLocked, nobodyLeft];
