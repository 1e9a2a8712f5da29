import { backupFolder } from "../../commands/searchData";
import type { Disk, NodeState } from "../../cluster/state";
import type { Refusal, Step } from "../plan";
import type { View } from "../view";
import { keptOf, mib } from "./disk";
import { refuse } from "./rule";

/** Where the planned backup of the cluster's data goes: the backend and its disk; null where none is planned. */
function planned(
  view: View,
  steps: readonly Step[],
): { node: NodeState; disk: Disk; minimum: number } | null {
  const name = steps.find(({ id }) => id === "cluster/backup")?.node;
  const node = view.nodes.find((each) => each.name === name)?.state;
  const disk = node?.disks.find(({ path }) => path === backupFolder);
  // As much as the health check demands elsewhere: no file is made on a disk that is fuller.
  return node && disk ? { node, disk, minimum: Math.max(...keptOf(node).map(({ kib }) => kib)) } : null;
}

/**
 * Whether there is any room for the backup that is planned. How large it becomes nobody tells beforehand (it is compressed,
 * and what it holds differs by release), so that no size is demanded.
 */
export function backupRoom(view: View, steps: readonly Step[]): Refusal[] {
  const found = planned(view, steps);
  if (!found || found.disk.availableKiB >= found.minimum) return [];
  const { node, disk, minimum } = found;
  return [
    refuse({
      code: "disk",
      what: "Not enough disk space",
      where: `${node.name}, ${disk.mount} (${backupFolder})`,
      seen: `${mib(disk.availableKiB, Math.floor)} free for the backup; ${mib(minimum)} required`,
      next: `free at least ${mib(minimum - disk.availableKiB)}, or mount a larger disk on ${backupFolder}`,
    }),
  ];
}

/** `chef-server-ctl backup` ends with 1 without rsync: better before anything is stopped. */
export function backupTools({ state }: View, steps: readonly Step[]): Refusal[] {
  const name = steps.find(({ id }) => id === "frontends/backup")?.node;
  const node = state.frontends.find((each) => each.name === name);
  return !node || node.unreachable !== null || node.hasRsync
    ? []
    : [
        refuse({
          code: "frontends",
          what: "rsync is missing",
          where: node.name,
          seen: "`which rsync` finds none; `chef-server-ctl backup` needs it",
          next: "install rsync there, or set `backup: false`",
        }),
      ];
}

/** That a planned backup may not fit: less is free for it than is in use where its data lie. */
export function backupNotes(view: View, steps: readonly Step[]): string[] {
  const found = planned(view, steps);
  const used = found?.node.dataUsedKiB ?? null;
  if (!found || used === null || found.disk.availableKiB - found.minimum >= used) return [];
  const { node, disk } = found;
  return [
    `The backup on ${node.name} may not fit: ${mib(disk.availableKiB, Math.floor)} are free on ${disk.mount} (${backupFolder}), and ${mib(used)} are in use on the disk of its data, before compression. If it fails, nothing has gone down yet`,
  ];
}
