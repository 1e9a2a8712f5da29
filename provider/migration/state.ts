import { shownRows } from "../cluster/membership";
import type { FrontendState, MachineState, NodeState } from "../cluster/state";
import type { DrbdResource } from "../drbd/drbd";
import type { HaConfig } from "../drbd/haConfig";
import type { KnifeCommand } from "./commands";
import type { MigrationRecord } from "./record";

/** A machine of the new cluster; `found`: what shows that it was something else before. */
interface Target {
  readonly found: readonly string[];
}

export interface NewBackend extends NodeState, Target {
  /** Text of its chef-backend.rb; null when there is none. */
  readonly backendConfig: string | null;
  readonly migration: MigrationRecord | null;
}

export interface NewFrontend extends FrontendState, Target {
  /** Its full name; empty when it has none. */
  readonly fqdn: string;
}

/** One of the pair that DRBD keeps in step. */
export interface OldBackend extends MachineState {
  readonly ha: HaConfig | null;
  /** A sentence where it could not be read. */
  readonly drbd: readonly DrbdResource[] | string;
  /** `master`, `backup`, or what stands there else; empty when it could not be read. */
  readonly keepalived: string;
}

export interface OldFrontend extends FrontendState {
  readonly ha: HaConfig | null;
  /** What its knife cannot do, of what it was asked, and why. */
  readonly knifeLacks: readonly { readonly command: KnifeCommand; readonly problem: string }[];
}

/** A reading of both systems at one time. Plain data. */
export interface MigrationState {
  /** Our clock when the reading began, and when it was complete, in milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** In the order of the inputs, all of them. */
  readonly nodes: readonly NewBackend[];
  readonly frontends: readonly NewFrontend[];
  readonly oldBackends: readonly OldBackend[];
  readonly oldFrontends: readonly OldFrontend[];
}

/** All machines of both systems. */
export const everyMachine = ({
  nodes,
  frontends,
  oldBackends,
  oldFrontends,
}: MigrationState): MachineState[] => [...nodes, ...frontends, ...oldBackends, ...oldFrontends];

/** All machines that are still needed: once the data have moved, of the old ones only that where copies of them lie. */
export function neededMachines(state: MigrationState, record: MigrationRecord | null): MachineState[] {
  const { nodes, frontends, oldFrontends } = state;
  return record?.migrated ? [...nodes, ...frontends, ...oldFrontends.slice(0, 1)] : everyMachine(state);
}

/** Backends that are in the new cluster: those whose address the first one's table shows. */
export function joined({ nodes }: Pick<MigrationState, "nodes">): NewBackend[] {
  const rows = shownRows(nodes);
  return nodes.filter((node) => rows.some((row) => node.addresses.includes(row.ip)));
}

/** Where we keep files of our own on a machine. */
export const filesOf = ({ stateDir }: Pick<MachineState, "stateDir">) => `${stateDir}/files`;
