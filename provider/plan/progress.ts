import type { Hop } from "../cluster/hop";
import type { RunRecord } from "../cluster/record";
import { namesOf } from "../machine/journal";

/** What of a hop was begun and done, as far as only the record can tell. */
export interface Progress {
  readonly begun: (id: string) => boolean;
  readonly done: (id: string) => boolean;
  /** Whether a step of that kind was begun on any machine: their ids end with it. */
  readonly anyBegun: (kind: string) => boolean;
  /** Of machines that could do a step, the one on which its job was begun; null where none was. */
  readonly at: <T extends { readonly name: string }>(id: string, machines: readonly T[]) => T | null;
}

export function progressOf(record: RunRecord | null, hop: Hop): Progress {
  const ours = record !== null && !record.finished && record.hop !== null && sameHop(record.hop, hop);
  const begun = new Set(ours ? record.begun : []);
  const done = new Set(ours ? record.done : []);
  return {
    begun: (id) => begun.has(id),
    done: (id) => done.has(id),
    at: (id, machines) => {
      const node = ours ? record.jobs?.[id]?.node : undefined;
      return machines.find(({ name }) => name === node) ?? null;
    },
    anyBegun: (kind) => [...begun].some((id) => id.endsWith(`/${kind}`)),
  };
}

/** One and the same part of the way, whatever version it was begun from. */
export function sameHop(a: Hop, b: Hop): boolean {
  return a.method === b.method && a.to === b.to;
}

/** Frontends that we have closed to clients and not opened again; by name. */
export function closedFrontends(record: RunRecord | null): string[] {
  return left(record, "close", "open");
}

/** Frontends that we have taken out of the load balancer and not put back; by name. */
export function drainedFrontends(record: RunRecord | null): string[] {
  return record && !record.finished ? namesOf(record.begun, "drain") : [];
}

/** Machines on which a run has begun something, and not ended it; by name. Of a full downtime that is each until its end. */
export function unfinishedOn(record: RunRecord | null): string[] {
  if (!record || record.finished) return [];
  const downtime = record.hop?.method === "downtime" ? ["install", "down", "start-upgrade"] : [];
  return [
    ...(record.inside === null ? [] : [record.inside]),
    ...(record.unfinished ?? []),
    ...downtime.flatMap((word) => namesOf(record.begun, word)),
    ...closedFrontends(record),
    ...drainedFrontends(record),
    ...left(record, "stop", "verify"),
    ...left(record, "stop-search", "start-search"),
  ];
}

/** Where one step was begun and the one that makes up for it is not done. */
export function left(record: RunRecord | null, word: string, until: string): string[] {
  if (!record || record.finished) return [];
  const ended = namesOf(record.done, until);
  return namesOf(record.begun, word).filter((name) => !ended.includes(name));
}

/** The search index was deleted, at least in part, and is not complete again: whoever searches finds too little. */
export function indexIsIncomplete(record: RunRecord | null): boolean {
  return (
    record !== null &&
    !record.finished &&
    record.begun.some((id) => id.endsWith("/delete-index")) &&
    !record.done.includes("cluster/reindex")
  );
}

/** Backends whose Elasticsearch a run has stopped and not started again, while the search index is whole; by name. */
export function stoppedSearch(record: RunRecord | null): string[] {
  return indexIsIncomplete(record) ? [] : left(record, "stop-search", "start-search");
}

/** In the record where an `upgrade` ended with 0, and what it was to bring about is not there: it is run again. */
export const upgradeAgain = (name: string) => `${name}/upgrade-again`;
