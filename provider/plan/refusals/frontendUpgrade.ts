import { compareVersions, parseVersion, release } from "../../versions/version";
import { asksForLicense, frontendPathRefusal } from "../../paths/frontendPaths";
import type { FrontendView } from "../frontendView";
import type { Refusal } from "../plan";
import { packageFileOf } from "../view";
import type { UpgradeSpec } from "../spec";
import { lowDisk } from "./disk";
import { refuse } from "./rule";

/** One thing that forbids upgrading the frontends. */
type Rule = (spec: UpgradeSpec, views: readonly FrontendView[], wanted: string) => Refusal[];

/** Of those that have to be installed and can be read. */
const each =
  (judge: (view: FrontendView, spec: UpgradeSpec, wanted: string) => Refusal[]): Rule =>
  (spec, views, wanted) =>
    views
      .filter((view) => view.needsInstall && parseVersion(view.state.package.version ?? "") !== null)
      .flatMap((view) => judge(view, spec, wanted));

const downgrade = each(({ name, state }, _spec, wanted) =>
  compareVersions(state.package.version!, wanted) > 0
    ? [
        refuse(
          "frontendPath",
          `frontend ${name} has chef-server-core ${state.package.version}, newer than the wanted ${wanted}`,
          `There is no downgrade: set frontends.version to ${release(state.package.version!)} or later`,
        ),
      ]
    : [],
);

const path = each(({ name, state }, _spec, wanted) => {
  const refusal = frontendPathRefusal(name, state.package.version!, wanted);
  return refusal ? [refusal] : [];
});

const license: Rule = (spec, views, wanted) =>
  views.some((view) => !view.done && !view.upgraded) &&
  asksForLicense(wanted) &&
  !spec.frontends!.acceptLicense
    ? [
        refuse(
          "license",
          `chef-server-core ${wanted} runs only once its licence has been accepted, and acceptLicense is not true`,
          "Read the licence, then set frontends.acceptLicense: true; it is never assumed",
        ),
      ]
    : [];

/** One file is given for all of them. */
const mixedFamilies: Rule = (_spec, views) => {
  const needy = views.filter((view) => view.needsInstall && view.state.unreachable === null);
  return new Set(needy.map((view) => view.state.family)).size > 1
    ? [
        refuse(
          "frontends",
          `The frontends are not of one package family: ${needy.map(({ name, state }) => `${name} ${state.family ?? "neither"}`).join(", ")}`,
          "All must use deb, or all rpm: one package is given for them",
        ),
      ]
    : [];
};

const noPackage: Rule = (spec, views, wanted) => {
  const names = views
    .filter((view) => view.needsInstall && view.state.unreachable === null)
    .map((view) => view.name);
  return spec.frontends!.packageFile === null && names.length > 0
    ? [
        refuse(
          "frontendPackage",
          `frontends.packageFile is not given, and ${names.join(", ")} need chef-server-core ${wanted} installed`,
          "Set frontends.packageFile to { path }, { source, sha256 } or { url, sha256 }",
        ),
      ]
    : [];
};

const badPackage = each(({ name, state }, spec, wanted) => {
  const file = packageFileOf(state, wanted);
  const staged = Boolean(spec.frontends!.packageFile?.staging);
  if (!file?.problem || (file.missing && staged)) return [];
  return [
    refuse(
      "frontendPackage",
      `frontend ${name}: ${file.path}: ${file.problem}`,
      staged
        ? "Give the right file in frontends.packageFile"
        : `Put the package of chef-server-core ${wanted} there, or let it be brought there by frontends.packageFile.source or .url`,
    ),
  ];
});

const noRoom = each(({ name, state }, spec, wanted) =>
  state.package.state === "installed"
    ? lowDisk(
        state,
        `frontend ${name}`,
        packageFileOf(state, wanted),
        spec.frontends!.packageFile?.stagedKiB ?? 0,
        "an installation that runs out of it leaves the frontend out of service",
      )
    : [],
);

const interrupted: Rule = (_spec, views) =>
  views
    .filter(
      (view) => view.state.package.state === "interrupted" && !(view.inside && view.state.family === "deb"),
    )
    .map(({ name, state }) =>
      refuse(
        "frontends",
        `frontend ${name}: an installation was interrupted (${state.package.detail})`,
        state.family === "deb"
          ? "Look at the node, then run `dpkg --configure -a` there"
          : "Look at the node; `rpm -q chef-server-core` must show one version: remove the half-installed one with `rpm -e --justdb`, then install the other again with `rpm -U --replacepkgs`",
      ),
    );

const packageLocked = each(({ name, state }, spec) =>
  state.packageLock === null
    ? []
    : [
        refuse(
          "packageLock",
          `frontend ${name}: the package manager is busy: ${state.packageLock}`,
          "Wait until it has ended; the lock is never removed",
          spec.timeouts.packageLock,
        ),
      ],
);

/** With two or more, somebody answers at any time: none is taken out while another one does not. */
const nobodyLeft: Rule = (spec, views) => {
  const next = views.find((view) => view.inside) ?? views.find((view) => !view.done);
  if (!next || next.inside) return [];
  return views
    .filter((view) => view !== next && view.state.unreachable === null && view.state.answer !== "pong")
    .map(({ name, state }) =>
      refuse(
        "frontends",
        `frontend ${name} does not answer its clients (${state.answer}), and ${next.name} would be taken out too`,
        `See \`chef-server-ctl status\` on ${name}`,
        spec.timeouts.healthy,
      ),
    );
};

/** What is looked at before any part of the way begins: it does not pass by itself, and does not change meanwhile. */
export const laterFrontendRules: Rule[] = [
  downgrade,
  path,
  license,
  mixedFamilies,
  noPackage,
  badPackage,
  noRoom,
  interrupted,
];

/** What forbids upgrading the frontends' package, all at once. */
export const frontendUpgradeRules: Rule[] = [...laterFrontendRules, packageLocked, nobodyLeft];
