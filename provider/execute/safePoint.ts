import type { RunRecord } from "../cluster/record";
import { indexIsIncomplete } from "../plan/progress";

/**
 * Whether a run that is asked to stop may stop between two steps: not while a machine is between stop and verified
 * return, not while the cluster is down, not while the index that we deleted is incomplete.
 */
export function mayStop(record: RunRecord | null): boolean {
  if (!record || record.finished) return true;
  const begun = (kind: string) => record.begun.filter((id) => id.endsWith(`/${kind}`));
  const frontendOut = begun("stop").some((id) => !record.done.includes(id.replace(/stop$/, "verify")));
  return record.inside === null && begun("down").length === 0 && !indexIsIncomplete(record) && !frontendOut;
}
