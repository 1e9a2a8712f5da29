import type { MachineState, PackageFile } from "../../cluster/state";
import type { Refusal } from "../plan";
import { refuse } from "./rule";

/** The vendor's threshold for low disk space, 250 MB, and 20 % on top, in KiB. */
const spareKiB = Math.round(250 * 1024 * 1.2);

/**
 * Whether a machine has room for a package: what it unpacks in /opt, what is staged in /var/lib.
 * @param stagedKiB size of the file where it is still to be brought there
 */
export function lowDisk(
  machine: MachineState,
  label: string,
  file: PackageFile | null,
  stagedKiB: number,
  why: string,
): Refusal[] {
  if (machine.disks.length === 0)
    return [
      refuse(
        "disk",
        `${label}: how much disk space is free could not be read`,
        "`df -Pk /opt /var/opt /var/log /var/lib` must work on the node",
      ),
    ];
  const stage = file?.missing ? stagedKiB : 0;
  const need = (path: string) =>
    path === "/opt" ? (file?.unpackedKiB ?? 0) : path === "/var/lib" ? stage : 0;
  const mounts = [...new Set(machine.disks.map((disk) => disk.mount))];
  return mounts.flatMap((mount) => {
    const disks = machine.disks.filter((disk) => disk.mount === mount);
    const free = disks[0]!.availableKiB - disks.reduce((sum, disk) => sum + need(disk.path), 0);
    const paths = disks.map((disk) => disk.path).join(", ");
    return free < spareKiB
      ? [
          refuse(
            "disk",
            `${label}: ${mib(disks[0]!.availableKiB)} free on ${mount} (${paths}) would be ${mib(free)} after the installation, under ${mib(spareKiB)}`,
            `Free some space: ${why}`,
          ),
        ]
      : [];
  });
}

function mib(kib: number): string {
  return `${Math.round(kib / 1024)} MiB`;
}
