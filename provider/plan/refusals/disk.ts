import type { MachineState, PackageFile } from "../../cluster/state";
import { diskPaths } from "../../commands/facts";
import type { Refusal } from "../refusal";
import { refuse } from "./rule";

/** Chef's threshold for low disk space, 250 MB, and 20 % on top, in KiB. */
export const spareKiB = Math.round(250 * 1024 * 1.2);

/** A machine on which a package is to be installed. */
export interface Target {
  readonly machine: MachineState;
  readonly file: PackageFile | null;
  /** Size of the file where it is still to be staged. */
  readonly stagedKiB: number;
}

/** Whether each machine has room for its package: what it unpacks in /opt, what is staged in /var/lib. */
export function lowDisk(targets: readonly Target[]): Refusal[] {
  const unread = targets.filter(({ machine }) => machine.disks.length === 0);
  const short = targets.flatMap(shortOf);
  // One figure for all of them, so that the same reason is told once.
  const missing = Math.max(...short.map(({ free }) => spareKiB - free));
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
    ...short.map(({ where, free }) =>
      refuse({
        code: "disk",
        what: "Not enough disk space",
        where,
        seen:
          free >= 0
            ? `${mib(free, Math.floor)} would be left after the install; ${mib(spareKiB)} required`
            : `${mib(-free)} too little for the install; ${mib(spareKiB)} have to be left after it`,
        next: `free at least ${mib(missing)}${short.length > 1 ? " on each" : ""}`,
      }),
    ),
  ];
}

const df = `df -Pk ${diskPaths.join(" ")}`;

/** File systems on which too little would be left, with what that is in KiB. */
function shortOf({ machine, file, stagedKiB }: Target): { readonly where: string; readonly free: number }[] {
  const stage = file?.missing ? stagedKiB : 0;
  const need = (path: string) =>
    path === "/opt" ? (file?.unpackedKiB ?? 0) : path === "/var/lib" ? stage : 0;
  const mounts = [...new Set(machine.disks.map((disk) => disk.mount))];
  return mounts
    .map((mount) => {
      const disks = machine.disks.filter((disk) => disk.mount === mount);
      const free = disks[0]!.availableKiB - disks.reduce((sum, disk) => sum + need(disk.path), 0);
      const paths = disks.map((disk) => disk.path).join(", ");
      return { where: `${machine.name}, ${mount} (${paths})`, free };
    })
    .filter(({ free }) => free < spareKiB);
}

function mib(kib: number, round = Math.ceil): string {
  return `${round(kib / 1024)} MiB`;
}
