import type { RunRecord } from "../cluster/record";
import { closedFrontends, indexIsIncomplete } from "../plan/progress";

/** What an earlier run owes to the search index and to those who search. */
export function indexOwed(record: RunRecord | null): string[] {
  const closed = closedFrontends(record);
  const left =
    record?.hop?.method === "frontends"
      ? "the rebuild of the search index was begun and is not complete"
      : "the search index was deleted and is not built anew yet";
  return [
    ...(closed.length > 0
      ? [`${closed.join(", ")} ${closed.length === 1 ? "is" : "are"} closed to clients`]
      : []),
    ...(indexIsIncomplete(record) ? [left] : []),
  ];
}
