import { type DrbdResource, drbdText, isSyncing } from "../../drbd/drbd";
import { type Refusal, refuse } from "../refusal";

/** Of any pair. @param patience seconds for which a synchronization under way is waited for */
export const drbdOutOfSync = (
  name: string,
  it: readonly DrbdResource[] | string,
  patience: number,
): Refusal =>
  refuse({
    code: "drbd",
    what: "DRBD is not in sync",
    where: name,
    seen: drbdText(it),
    next: "look at /proc/drbd on both backends and wait until it says Connected and UpToDate/UpToDate, or fix DRBD",
    waitable: isSyncing(it) ? patience : 0,
  });
