import { newestJournal } from "../machine/journal";
import { installedRight } from "../plan/view";
import { compareVersions, parseVersion } from "../versions/version";
import type { EnterpriseRecord } from "./record";
import type { EnterpriseSpec } from "./spec";
import { type EnterpriseMachine, type EnterpriseState, machinesOf, type Pair, pairOf } from "./state";

/** An observation with everything that planning derives from it, once. */
export interface EnterpriseView {
  readonly spec: EnterpriseSpec;
  readonly state: EnterpriseState;
  readonly record: EnterpriseRecord | null;
  readonly pair: Pair | null;
  /** Primary backend, secondary backend, frontends; as given where it is not known which backend is which. */
  readonly order: readonly EnterpriseMachine[];
  /** Lowest version that any machine has installed. */
  readonly from: string;
  readonly task: EnterpriseRecord["task"] | null;
  /** Whether an earlier run has begun it, and not ended it. */
  readonly open: boolean;
  /** By the id of a step on one machine, or of one that only looks. */
  readonly begun: (id: string) => boolean;
  readonly done: (id: string) => boolean;
  readonly anyBegun: (word: string) => boolean;
}

/** Derives what planning needs. Pure. */
export function viewOf(spec: EnterpriseSpec, state: EnterpriseState): EnterpriseView {
  const record = newestJournal(state.nodes.map((node) => node.record));
  const pair = pairOf(state.nodes, record?.primary);
  const task = taskOf(spec, state, record);
  const ours = record !== null && isOpen(record, task, spec.version) ? record : null;
  const all = machinesOf(state);
  return {
    ...{ spec, state, record, pair, task, open: ours !== null },
    order: pair ? [pair.primary, pair.secondary, ...state.frontends] : all,
    from: lowest(all) ?? spec.version,
    begun: (id) => ours?.begun.includes(id) ?? false,
    done: (id) => ours?.done.includes(id) ?? false,
    anyBegun: (word) => ours?.begun.some((id) => id.endsWith(`/${word}`)) ?? false,
  };
}

/** A machine that cannot be read is told of by a refusal, and asks for nothing by itself. */
export function needsInstall({ spec }: Pick<EnterpriseView, "spec">, machine: EnterpriseMachine): boolean {
  return machine.unreachable === null && !installedRight(machine, spec.version);
}

function taskOf(
  spec: EnterpriseSpec,
  state: EnterpriseState,
  record: EnterpriseRecord | null,
): EnterpriseView["task"] {
  const behind = machinesOf(state).some((machine) => needsInstall({ spec }, machine));
  if (behind || (record && isOpen(record, "upgrade", spec.version))) return "upgrade";
  const destroyed = [record?.cleanedUp, spec.cleanedUp].includes(spec.version);
  return spec.cleanup && !destroyed ? "cleanup" : null;
}

function isOpen(record: EnterpriseRecord, task: EnterpriseView["task"], version: string): boolean {
  return !record.finished && record.task === task && record.to === version;
}

function lowest(machines: readonly EnterpriseMachine[]): string | null {
  const versions = machines.flatMap(({ package: { version } }) =>
    version !== null && parseVersion(version) ? [version] : [],
  );
  return versions.sort(compareVersions)[0] ?? null;
}
