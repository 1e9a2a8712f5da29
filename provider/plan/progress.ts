import type { Hop } from "../cluster/hop";
import type { RunRecord } from "../cluster/record";
import { namesOf } from "../machine/journal";

/** What of a hop was begun and done, as far as only the record can tell. */
export interface Progress {
  readonly begun: (id: string) => boolean;
  readonly done: (id: string) => boolean;
  /** Organizations that a rebuild of the index has left empty or in part; null: any may be. */
  readonly failed: readonly string[] | null;
  /** Whether a step of that kind was begun on any machine: their ids end with it. */
  readonly anyBegun: (kind: string) => boolean;
  readonly anyDone: (kind: string) => boolean;
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
    failed: (ours && record.failed) || null,
    at: (id, machines) => {
      const node = ours ? record.jobs?.[id]?.node : undefined;
      return machines.find(({ name }) => name === node) ?? null;
    },
    anyDone: (kind) => [...done].some((id) => id.endsWith(`/${kind}`)),
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

/** Frontends that we have taken out of the load balancer and not put back; by name. Also by a run that has ended well since. */
export function drainedFrontends(record: RunRecord | null): string[] {
  return namesOf(record?.begun ?? [], "drain");
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

/**
 * The search index was emptied, at least in part, and is not complete again: whoever searches finds too little. It was deleted; or
 * after the upgrade of the frontends it is rebuilt, which empties one organization after another.
 */
export function indexIsIncomplete(record: RunRecord | null): boolean {
  if (!record || record.finished || record.done.includes("cluster/reindex")) return false;
  return record.hop?.method === "frontends"
    ? record.begun.includes("cluster/reindex")
    : record.begun.some((id) => id.endsWith("/delete-index"));
}

/** Backends whose Elasticsearch a run has stopped and not started again, while the search index is whole; by name. */
export function stoppedSearch(record: RunRecord | null): string[] {
  return indexIsIncomplete(record) ? [] : left(record, "stop-search", "start-search");
}

/** In the record where maintenance was on before a run closed or stopped that frontend: it stays on. */
export const wasInMaintenance = (name: string) => `${name}/was-in-maintenance`;

/** Whether it stays on there. */
export const staysInMaintenance = (record: RunRecord | null, name: string): boolean =>
  record?.finished === false && record.begun.includes(wasInMaintenance(name));

/** In the record where an `upgrade` ended with 0, and what it was to bring about is not there: it is run again. */
export const upgradeAgain = (name: string) => `${name}/upgrade-again`;
