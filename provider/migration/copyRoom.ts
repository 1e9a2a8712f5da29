import { mib, ownDisk, spareKiB } from "../plan/refusals/disk";
import { refuse } from "../plan/refusal";
import type { Rule } from "./rule";

/**
 * KiB for the smallest copy that is worth beginning: a server of 10,000 nodes had 1 GB. A larger one may need more, which is known after
 * a rehearsal alone; it is stopped in time then.
 */
const leastCopy = 1024 * 1024;

/** The copies lie on the first frontend of either side, the old one of which serves meanwhile in a rehearsal. */
export const copyRoom: Rule = (_spec, { oldFrontends, frontends }, record) => {
  // Once a copy has begun since the rehearsal, what that has left there is not free, and is removed before it is made anew.
  const backup = record?.finished ? record.backupKiB : undefined;
  // On the new side two backups and an archive: the last one stays until the next is there.
  const archive = Math.ceil((record?.archive?.bytes ?? 0) / 1024);
  return [
    { machine: oldFrontends[0], copies: backup },
    { machine: frontends[0], copies: backup && 2 * backup + archive },
  ].flatMap(({ machine, copies }) => {
    const disk = machine && ownDisk(machine);
    const required = spareKiB + Math.max(copies ?? 0, leastCopy);
    if (!machine || !disk || disk.availableKiB >= required) return [];
    return [
      refuse({
        code: "disk",
        what: "Not enough disk space",
        where: `${machine.name}, ${disk.mount} (${disk.path})`,
        seen: `${mib(disk.availableKiB, Math.floor)} free for the copies of the data; ${mib(required)} required, ${copies ? "by what the rehearsal needed" : "and two to three times the server's data is usual"}`,
        next: `free at least ${mib(required - disk.availableKiB)}, or mount a larger disk on ${machine.stateDir}`,
      }),
    ];
  });
};
