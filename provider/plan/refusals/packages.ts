import { unpacksNoMd5, withoutMd5 } from "../../chef/cluster/platforms";
import { steppingStone } from "../../paths/backendPaths";
import { packageFor } from "../spec";
import { packageFileOf } from "../view";
import { busyPackageManager, unreadableDatabase, interruptedBackend, unusableFile } from "./anyMachine";
import { keptOf, lowDisk } from "./disk";
import { refuse, type Rule } from "./rule";

const interrupted: Rule = (_spec, view) =>
  view.nodes
    .filter(
      (node) => node.state.package.state === "interrupted" && !(node.inside && node.state.family === "deb"),
    )
    .map(({ state }) => interruptedBackend(state));

/** An unfinished node is finished first, whatever is wrong on another one; and one that is installed needs no database. */
const unreadable: Rule = (spec, view) =>
  view.nodes
    .filter((node) => node.needsInstall && (view.inside === null || node.inside))
    .flatMap(({ state }) => unreadableDatabase("packageDatabase", state, spec.timeouts.packageLock));

/** Only where something will be installed; and a node that is installed is finished first, whoever installs elsewhere. */
const packageLocked: Rule = (spec, view) =>
  view.inside && !view.inside.needsInstall
    ? []
    : view.nodes
        .filter((node) => node.needsInstall)
        .flatMap(({ state }) => busyPackageManager(state, spec.timeouts.packageLock, spec.version));

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
            `for an upgrade path of several hops, set \`packageFiles["${spec.version}"]\`${spec.version === steppingStone ? ", or that of a later 2.x: 2.3.19 is the last" : ""}`,
          ].join("\n"),
        }),
      ]
    : [];
};

const badPackageFile: Rule = (spec, view) =>
  view.nodes
    .filter((node) => node.needsInstall)
    .flatMap(({ state }) =>
      unusableFile("packageFile", state, spec.version, {
        source: packageFor(spec, spec.version),
        ...{ field: "packageFile", packageName: "chef-backend" },
      }),
    );

/** rpm finds it only while it unpacks: its test is good, and the installation fails with failover off. */
const md5InFipsMode: Rule = (spec, view) =>
  view.nodes
    .filter(({ needsInstall, state }) => needsInstall && state.fips && unpacksNoMd5(state))
    .flatMap(({ name, state }) => {
      const file = packageFileOf(state, spec.version);
      if (!file?.md5 || file.problem !== null) return [];
      return [
        refuse({
          code: "packageFile",
          what: "Package has MD5 digests, which FIPS mode forbids",
          where: name,
          seen: `${file.path}: FILEDIGESTALGO is MD5, /proc/sys/crypto/fips_enabled is 1; rpm of ${state.os} would fail to unpack it (\`cpio: Digest mismatch\`)`,
          next: `set \`version\` to ${withoutMd5} or later: its packages have SHA-256 digests`,
        }),
      ];
    });

export const noRoom: Rule = (spec, view) =>
  lowDisk(
    view.nodes
      .filter((node) => node.needsInstall && node.state.package.state === "installed")
      .map(({ state }) => ({
        machine: state,
        file: packageFileOf(state, spec.version),
        stagedKiB: packageFor(spec, spec.version)?.stagedKiB ?? 0,
        kept: keptOf(state),
      })),
  );

/** The package that a later hop installs: looked at before the first one begins. */
export const laterPackageRules: Rule[] = [noPackageFile, badPackageFile, md5InFipsMode];

/** The package to be installed, the package manager, and the room there is. */
export const packageRules: Rule[] = [
  unreadable,
  interrupted,
  packageLocked,
  noPackageFile,
  badPackageFile,
  md5InFipsMode,
  noRoom,
];
