import { mib, ownDisk, spareKiB } from "../plan/refusals/disk";
import { refuse } from "../plan/refusal";
import type { Rule } from "./rule";

/**
 * KiB for the smallest copy that is worth beginning: a server of 10,000 nodes had 1 GB. A larger one may need more, which nobody can tell
 * before; it is stopped in time then.
 */
const leastCopy = 1024 * 1024;

/** The copies lie on the first frontend of either side, the old one of which serves meanwhile in a rehearsal. */
export const copyRoom: Rule = (_spec, { oldFrontends, frontends }) =>
  [oldFrontends[0], frontends[0]].flatMap((machine) => {
    const disk = machine && ownDisk(machine);
    const required = spareKiB + leastCopy;
    if (!machine || !disk || disk.availableKiB >= required) return [];
    return [
      refuse({
        code: "disk",
        what: "Not enough disk space",
        where: `${machine.name}, ${disk.mount} (${disk.path})`,
        seen: `${mib(disk.availableKiB, Math.floor)} free for the copies of the data; ${mib(required)} required, and three to four times the server's data is usual`,
        next: `free at least ${mib(required - disk.availableKiB)}, or mount a larger disk on ${machine.stateDir}`,
      }),
    ];
  });
