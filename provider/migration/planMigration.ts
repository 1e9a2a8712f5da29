import { joinFault } from "../chef/cluster/joining";
import { newestJournal } from "../machine/journal";
import { goneNotes } from "../machine/who";
import { mib, spareKiB } from "../plan/refusals/disk";
import { copySteps } from "./copySteps";
import type { MigrationPlan } from "./plan";
import { closedSource, holding, type MigrationRecord, withoutCopy } from "./record";
import { migrationRefusals } from "./refusals";
import type { MigrationSpec } from "./spec";
import type { MigrationState, OldFrontend } from "./state";
import { clusterSteps } from "./clusterSteps";

/** Everything that the steps are made of: what is asked for, what is there, and what the record says of it. */
export interface MigrationView {
  readonly spec: MigrationSpec;
  readonly state: MigrationState;
  readonly record: MigrationRecord | null;
  readonly begun: (id: string) => boolean;
  readonly done: (id: string) => boolean;
  /** Old frontends that are closed by us. */
  readonly closed: readonly string[];
}

/**
 * DRBD/keepalived HA to Chef Backend 2.x. There is no upgrade in place: a new cluster is built
 * beside the old one, filled from a backup, and compared. Pure.
 *
 * - The old backends are only looked at. The old frontends are closed for the final copy, and nothing else.
 * - Nothing is built on a machine that is not fresh, unless the record on the new backends says that it was us.
 * - Backends join one after another: each is verified before the next one begins.
 * - The copy that counts is made while nobody can write: begun anew whenever an old frontend has served since.
 * - The old system stays closed only once the new server has everything; whatever fails before opens it again.
 */
export function planMigration(spec: MigrationSpec, state: MigrationState): MigrationPlan {
  const record = newestJournal(state.nodes.map(({ migration }) => migration));
  const view = viewOf(spec, state, record);
  const building = record?.migrated ? [] : clusterSteps(view);
  const steps = isOver(spec, record) ? [] : [...building, ...copySteps(view)];
  return {
    steps,
    refusals: steps.length === 0 ? [] : migrationRefusals(spec, state, record),
    downtime: spec.rehearse || steps.length === 0 ? null : downtimeText(spec),
    owed: debts(spec, record, view.closed),
    warnings: [
      ...goneNotes(spec.goneMachines, record),
      ...(steps.some(({ kind }) => kind === "join") ? joinWarnings(spec) : []),
      ...steps.filter(({ kind }) => kind === "backup").flatMap(({ node }) => sizeWarnings(node!, record)),
    ],
  };
}

/** What was asked for has been done: what has come after it is nothing of ours. */
function isOver({ rehearse }: MigrationSpec, record: MigrationRecord | null): boolean {
  if (!record?.finished) return false;
  return record.migrated || (rehearse && record.mode === "rehearse");
}

export function viewOf(
  spec: MigrationSpec,
  state: MigrationState,
  record: MigrationRecord | null,
): MigrationView {
  const its = standing(spec, state, record);
  return {
    ...{ spec, state, record },
    begun: (id) => its.begun.includes(id),
    done: (id) => its.done.includes(id),
    closed: closedSource(record),
  };
}

/** What of the record holds: a copy made for another purpose, or from a server that has served since, does not. */
function standing(
  { rehearse }: MigrationSpec,
  { oldFrontends }: MigrationState,
  record: MigrationRecord | null,
): Pick<MigrationRecord, "begun" | "done"> {
  if (record === null) return { begun: [], done: [] };
  const its = holding(record, rehearse ? "rehearse" : "migrate");
  const served = oldFrontends.some((each) => its.done.includes(`${each.name}/close`) && serves(each));
  return served && !record.migrated ? withoutCopy(record) : its;
}

/** It runs though we have stopped it: somebody has started it, or booted the machine. */
export function serves(frontend: OldFrontend): boolean {
  return frontend.unreachable === null && frontend.services.some(({ up }) => up);
}

function downtimeText({ source }: MigrationSpec): string {
  const names = source.frontends.map(({ name }) => name).join(", ");
  return `all old frontends (${names}) are closed from before the final backup on; they stay so once the new server has everything, and are opened again if anything fails before`;
}

function joinWarnings({ cluster: { version } }: MigrationSpec): string[] {
  const fault = joinFault(version);
  return fault?.fails === "perhaps" ? [`chef-backend ${version}: ${fault.what}; take ${fault.take}`] : [];
}

function sizeWarnings(from: string, record: MigrationRecord | null): string[] {
  return record?.backupKiB
    ? []
    : [
        `The size of the backup on ${from} is not known before a rehearsal has ended. Each copy is stopped before less than ${mib(spareKiB)} are free on its disk`,
      ];
}

function debts(
  { rehearse }: MigrationSpec,
  record: MigrationRecord | null,
  closed: readonly string[],
): string[] {
  if (record === null || record.migrated) return [];
  if (closed.length > 0)
    return [
      `THE OLD FRONTENDS ARE CLOSED (${closed.join(", ")}) by an earlier run that was interrupted${rehearse ? ": they are opened first" : ""}`,
    ];
  return record.finished
    ? []
    : [`the ${record.mode === "rehearse" ? "rehearsal" : "migration"} was begun and is not finished`];
}
