import { refuse, type Rule } from "./rule";

/** The vendor's threshold for low disk space, 250 MB, and 20 % on top, in KiB. */
const spareKiB = Math.round(250 * 1024 * 1.2);

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
  return spec.packageFile === null && names.length > 0
    ? [
        refuse(
          "packageFile",
          `packageFile is not given, and ${names.join(", ")} need chef-backend ${spec.version} installed`,
          "Set packageFile to { path }, { source, sha256 } or { url, sha256 }",
        ),
      ]
    : [];
};

const badPackageFile: Rule = (spec, view) =>
  view.nodes.flatMap((node) => {
    const file = node.state.packageFile;
    if (!node.needsInstall || !file?.problem) return [];
    if (file.missing && spec.packageFile?.staging) return [];
    const wayOut = spec.packageFile?.staging
      ? "Give the right file in packageFile"
      : `Put the package of chef-backend ${spec.version} there, or let it be brought there by packageFile.source or packageFile.url`;
    return [refuse("packageFile", `${node.name}: ${file.path}: ${file.problem}`, wayOut)];
  });

const lowDisk: Rule = (spec, view) =>
  view.nodes
    .filter((node) => node.needsInstall && node.state.package.state === "installed")
    .flatMap(({ state: node }) => {
      if (node.disks.length === 0)
        return [
          refuse(
            "disk",
            `${node.name}: how much disk space is free could not be read`,
            "`df -Pk /opt /var/opt /var/log /var/lib` must work on the node",
          ),
        ];
      const stage = node.packageFile?.missing ? (spec.packageFile?.stagedKiB ?? 0) : 0;
      const need = (path: string) =>
        path === "/opt" ? (node.packageFile?.unpackedKiB ?? 0) : path === "/var/lib" ? stage : 0;
      const mounts = [...new Set(node.disks.map((disk) => disk.mount))];
      return mounts.flatMap((mount) => {
        const disks = node.disks.filter((disk) => disk.mount === mount);
        const free = disks[0]!.availableKiB - disks.reduce((sum, disk) => sum + need(disk.path), 0);
        const paths = disks.map((disk) => disk.path).join(", ");
        return free < spareKiB
          ? [
              refuse(
                "disk",
                `${node.name}: ${mib(disks[0]!.availableKiB)} free on ${mount} (${paths}) would be ${mib(free)} after the installation, under ${mib(spareKiB)}`,
                "Free some space: backends turn unhealthy when the disk is nearly full",
              ),
            ]
          : [];
      });
    });

function mib(kib: number): string {
  return `${Math.round(kib / 1024)} MiB`;
}

/** The package to be installed, the package manager, and the room there is. */
export const packageRules: Rule[] = [interrupted, packageLocked, noPackageFile, badPackageFile, lowDisk];
