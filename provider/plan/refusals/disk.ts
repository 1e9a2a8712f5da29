import { settingOf } from "../../chef/cluster/backendConfig";
import type { Disk, MachineState, NodeState, PackageFile } from "../../cluster/state";
import { dataRoot, diskPaths } from "../../commands/facts";
import { stateDir } from "../../machine/stateDir";
import type { Refusal } from "../refusal";
import { refuse } from "./rule";

/** What leaderl's health check demands, and 20 % on top. @param mb megabytes @returns KiB */
const withSpare = (mb: number) => Math.round(mb * 1024 * 1.2);

/** KiB that have to be left where nothing tells of it: Chef's threshold for low disk space, 250 MB, and 20 % on top. */
export const spareKiB = withSpare(250);

/** How much has to stay free on the file system of a path. */
export interface Kept {
  readonly path: string;
  readonly kib: number;
}

/**
 * Where the package manager keeps its database, the provider its records and what its jobs print, and Chef's client and
 * `backup` their temporary files. No release of chef-server-core is known that copies PostgreSQL to /tmp: a branch of 2021 did.
 */
const besides: readonly Kept[] = ["/var/lib", stateDir, "/tmp"].map((path) => ({ path, kib: 16 * 1024 }));

/** The disk of our own folder, which may be a mount point itself: where packages are staged, and copies made. */
export const ownDisk = ({ disks }: Pick<MachineState, "disks">): Disk | undefined =>
  disks.find(({ path }) => path === stateDir) ?? disks.find(({ path }) => path === "/var/lib");

/** Where a machine's services write that has no health check of its own. */
const unchecked: readonly Kept[] = [
  ...["/var/opt", "/var/log"].map((path) => ({ path, kib: spareKiB })),
  ...besides,
];

/**
 * What a backend keeps free: by its own health check (`disk_paths`, `disk_min_space_mb`), below which it would be no healthy
 * member after the upgrade. Elsewhere only what is written there counts.
 */
export function keptOf({ config }: Pick<NodeState, "config">): Kept[] {
  const value = <Key extends keyof NodeState["config"]>(key: Key) => settingOf(config, key, "").value;
  const kib = withSpare(value("leaderl.health_check.disk_min_space_mb"));
  // Its database is written to while it serves, whatever the health check looks at.
  const data: Kept = { ...besides[0]!, path: dataRoot };
  return [...value("leaderl.health_check.disk_paths").map((path) => ({ path, kib })), data, ...besides];
}

/** KiB that have to stay free on a mount. */
export function keptOn({ disks }: Pick<MachineState, "disks">, mount: string, kept: readonly Kept[]): number {
  const on = kept.filter(({ path }) => disks.some((disk) => disk.path === path && disk.mount === mount));
  return Math.max(0, ...on.map(({ kib }) => kib));
}

/** A machine on which a package is to be installed. */
export interface Target {
  readonly machine: MachineState;
  readonly file: PackageFile | null;
  /** Size of the file where it is still to be staged. */
  readonly stagedKiB: number;
  /** What has to stay free on it; default: where services of Chef's write, 300 MiB. */
  readonly kept?: readonly Kept[];
}

/** Whether each machine has room for its package: what it unpacks in /opt, what is staged in our folder. */
export function lowDisk(targets: readonly Target[]): Refusal[] {
  const unread = targets.filter(({ machine }) => machine.disks.length === 0);
  const short = targets.flatMap(shortOf);
  // One figure for all of them, so that the same reason is told once.
  const missing = Math.max(...short.map(({ free, required }) => required - free));
  return [
    ...unread.map(({ machine }) =>
      refuse({
        code: "disk",
        what: "Free disk space is unknown",
        where: machine.name,
        seen: `\`${df}\` shows no file system`,
        next: `make \`${df}\` work there`,
      }),
    ),
    ...short.map(({ where, free, required }) =>
      refuse({
        code: "disk",
        what: "Not enough disk space",
        where,
        seen:
          free >= 0
            ? `${mib(free, Math.floor)} would be left after the install; ${mib(required)} required`
            : `${mib(-free)} too little for the install${required > 0 ? `; ${mib(required)} have to be left after it` : ""}`,
        next: `free at least ${mib(missing)}${short.length > 1 ? " on each" : ""}`,
      }),
    ),
  ];
}

const df = `df -Pk ${diskPaths.join(" ")}`;

interface Short {
  readonly where: string;
  /** KiB that would be left, and that have to be. */
  readonly free: number;
  readonly required: number;
}

/** KiB of a package file that come into our folder: staged, or copied there. */
export const broughtKiB = (file: PackageFile | null, stagedKiB: number): number =>
  file?.missing ? stagedKiB : (file?.copiedKiB ?? 0);

/** File systems on which too little would be left. */
function shortOf({ machine, file, stagedKiB, kept = unchecked }: Target): Short[] {
  const stage = broughtKiB(file, stagedKiB);
  const own = ownDisk(machine);
  const need = (disk: Disk) => (disk.path === "/opt" ? (file?.unpackedKiB ?? 0) : disk === own ? stage : 0);
  const mounts = [...new Set(machine.disks.map((disk) => disk.mount))];
  return mounts
    .map((mount) => {
      const disks = machine.disks.filter((disk) => disk.mount === mount);
      const free = disks[0]!.availableKiB - disks.reduce((sum, disk) => sum + need(disk), 0);
      const paths = disks.map((disk) => disk.path).join(", ");
      return { where: `${machine.name}, ${mount} (${paths})`, free, required: keptOn(machine, mount, kept) };
    })
    .filter(({ free, required }) => free < required);
}

/** `300 MiB`. */
export function mib(kib: number, round = Math.ceil): string {
  return `${round(kib / 1024)} MiB`;
}
