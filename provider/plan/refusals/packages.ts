import { packageFor } from "../spec";
import { packageFileOf } from "../view";
import { lowDisk } from "./disk";
import { refuse, type Rule } from "./rule";

const interrupted: Rule = (_spec, view) =>
  view.nodes
    .filter(
      (node) => node.state.package.state === "interrupted" && !(node.inside && node.state.family === "deb"),
    )
    .map((node) =>
      refuse(
        "interrupted",
        `${node.name}: an installation was interrupted (${node.state.package.detail})`,
        node.state.family === "deb"
          ? "Look at the node, then run `dpkg --configure -a` there"
          : "Look at the node; `rpm -q chef-backend` must show one version: remove the half-installed one with `rpm -e --justdb`, then install the other again with `rpm -U --replacepkgs`",
      ),
    );

/** Only where something will be installed; and a node that is installed is finished first, whoever installs elsewhere. */
const packageLocked: Rule = (spec, view) =>
  view.inside && !view.inside.needsInstall
    ? []
    : view.nodes
        .filter((node) => node.needsInstall && node.state.packageLock !== null)
        .map((node) =>
          refuse(
            "packageLock",
            `${node.name}: the package manager is busy: ${node.state.packageLock}`,
            "Wait until it has ended; the lock is never removed",
            spec.timeouts.packageLock,
          ),
        );

const noPackageFile: Rule = (spec, view) => {
  const names = view.nodes.filter((node) => node.needsInstall).map((node) => node.name);
  return packageFor(spec, spec.version) === null && names.length > 0
    ? [
        refuse(
          "packageFile",
          `packageFile is not given, and ${names.join(", ")} need chef-backend ${spec.version} installed`,
          `Set packageFile to { path }, { source, sha256 } or { url, sha256 }; where the way has several hops, packageFiles["${spec.version}"]`,
        ),
      ]
    : [];
};

const badPackageFile: Rule = (spec, view) =>
  view.nodes.flatMap((node) => {
    const source = packageFor(spec, spec.version);
    const file = packageFileOf(node.state, spec.version);
    if (!node.needsInstall || !file?.problem) return [];
    if (file.missing && source?.staging) return [];
    const wayOut = source?.staging
      ? "Give the right file in packageFile"
      : `Put the package of chef-backend ${spec.version} there, or let it be brought there by packageFile.source or packageFile.url`;
    return [refuse("packageFile", `${node.name}: ${file.path}: ${file.problem}`, wayOut)];
  });

const noRoom: Rule = (spec, view) =>
  view.nodes
    .filter((node) => node.needsInstall && node.state.package.state === "installed")
    .flatMap(({ name, state }) =>
      lowDisk(
        state,
        name,
        packageFileOf(state, spec.version),
        packageFor(spec, spec.version)?.stagedKiB ?? 0,
        "backends turn unhealthy when the disk is nearly full",
      ),
    );

/** The package that a later hop installs: looked at before the first one begins. */
export const laterPackageRules: Rule[] = [noPackageFile, badPackageFile];

/** The package to be installed, the package manager, and the room there is. */
export const packageRules: Rule[] = [interrupted, packageLocked, noPackageFile, badPackageFile, noRoom];
