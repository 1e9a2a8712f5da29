import { vipOf } from "../backendConfig";
import { countTable, differences } from "../counts";
import type { MigrationResult } from "../migrate";
import { closedSource, type MigrationRecord } from "../record";
import type { MigrationSpec } from "../spec";
import type { MigrationOutputs, MigrationProperties, Phase } from "./types";

/** The outputs after a run; what it says nothing of is kept from `olds`. */
export function outputsOf(
  spec: MigrationSpec,
  { state, record, timings, failure, started, finished }: MigrationResult,
  olds: Partial<MigrationOutputs>,
): MigrationOutputs {
  const counts = countTable(record?.counts.old ?? [], record?.counts.new ?? []);
  // Half a copy has been counted on one side only.
  const compared = (record?.counts.new ?? []).length > 0;
  const closed = closedSource(record);
  const again = new Set(timings.map(({ step }) => step));
  return {
    phase: phaseOf(record),
    sourceFrontends: Object.fromEntries(
      state.oldFrontends.map(({ name, answer }) => [
        name,
        answer === "pong" ? "serving" : closed.includes(name) ? "closed" : answer,
      ]),
    ),
    vip: vipOf(spec.backendConfig ?? state.nodes[0]?.backendConfig ?? ""),
    frontendAddresses: Object.fromEntries(
      state.frontends.map(({ name, fqdn, addresses }) => [name, { fqdn, addresses }]),
    ),
    durations: [...(olds.durations ?? []).filter(({ step }) => !again.has(step)), ...timings],
    counts: compared ? counts : (olds.counts ?? []),
    differences: compared ? (record?.differences ?? differences(counts)) : (olds.differences ?? []),
    tidyReport: record?.tidyReport ?? null,
    archive: record?.archive ?? null,
    lastMigration:
      timings.length > 0 && failure === null
        ? { rehearsal: spec.rehearse, started, finished }
        : (olds.lastMigration ?? null),
  };
}

function phaseOf(record: MigrationRecord | null): Phase {
  if (record === null) return "nothing";
  if (!record.finished) return "unfinished";
  return record.migrated ? "migrated" : "rehearsed";
}

/** Nothing is left to be done, or looked at. Earlier versions said `migrated` while steps were left, too. */
export const isOver = ({ phase, planned = [] }: Partial<MigrationProperties>): boolean =>
  phase === "migrated" && planned.length === 0;
