import { parseDrbd } from "../drbd/drbd";
import type { MachineState } from "../cluster/state";
import type { Clock } from "../machine/clock";
import type { Machine, Reading } from "../machine/machine";
import { short } from "../values/short";
import { toFrontendState, unreachableFrontend } from "../observe/frontendState";
import { factOf, isFull, toMachineState, unreachableMachine } from "../observe/machineState";
import { toNodeState, unreachableNode } from "../observe/nodeState";
import { tieHosts } from "../cluster/membership";
import { newestJournal } from "../machine/journal";
import { inTodaysNames, type Who, whoIs } from "../machine/who";
import { backendPackages, frontendPackages } from "../observe/observeCluster";
import { type Depth, type Kind, observeMachine, type Wanted } from "../observe/observeMachine";
import { recallScripts } from "../observe/scripts";
import type { KnifeCommand } from "./commands";
import * as facts from "./facts";
import { type HaConfig, parseHaConfig } from "../drbd/haConfig";
import { byPlace } from "./inputs";
import { parseMigrationRecord, renamedMigration } from "./record";
import type { MigrationSpec, Named } from "./spec";
import {
  everyMachine,
  type MigrationState,
  type NewBackend,
  type NewFrontend,
  type OldBackend,
  type OldFrontend,
} from "./state";

const newBackend: Kind<NewBackend> = {
  ...{
    package: "chef-backend",
    facts: facts.newBackendFacts,
    preflightFacts: facts.newBackendPreflightFacts,
  },
  toState: (name, host, reading, before) => ({
    ...toNodeState(name, host, reading, before),
    migration: parseMigrationRecord(reading.record),
    ...(isFull(reading)
      ? {
          found: [
            ...linesOf(reading, "found"),
            ...linesOf(reading, "data").map((each) => `${each} in its data folder`),
          ],
          backendConfig: textOf(reading, "config"),
        }
      : { found: before?.found ?? [], backendConfig: before?.backendConfig ?? null }),
  }),
  unreachable: (name, host, why, before) => ({
    ...unreachableNode(name, host, why, before),
    ...{ found: [], backendConfig: null, migration: null },
  }),
};

const newFrontend: Kind<NewFrontend> = {
  package: "chef-server-core",
  ...{ facts: facts.newFrontendFacts, preflightFacts: facts.newFrontendPreflightFacts },
  toState: (name, host, reading, before) => ({
    ...toFrontendState(name, host, reading, before),
    ...(isFull(reading)
      ? { found: linesOf(reading, "found"), fqdn: linesOf(reading, "fqdn")[0] ?? "" }
      : { found: before?.found ?? [], fqdn: before?.fqdn ?? "" }),
  }),
  unreachable: (name, host, why, before) => ({
    ...unreachableFrontend(name, host, why, before),
    ...{ found: [], fqdn: "" },
  }),
};

const oldBackend: Kind<OldBackend> = {
  package: "chef-server-core",
  ...{ facts: facts.oldBackendFacts, preflightFacts: facts.oldBackendPreflightFacts },
  toState: (name, host, reading, before) => ({
    ...toMachineState(name, host, reading, "serverStatus", before),
    ha: isFull(reading) ? haOf(reading) : (before?.ha ?? null),
    drbd: parseDrbd(factOf(reading, "procDrbd"), {
      cstate: factOf(reading, "drbdConnection"),
      role: factOf(reading, "drbdRole"),
      dstate: factOf(reading, "drbdDisk"),
    }),
    keepalived: factOf(reading, "keepalived").stdout.trim(),
  }),
  unreachable: (name, host, why) => ({
    ...unreachableMachine(name, host, why),
    ...{ ha: null, drbd: why, keepalived: "" },
  }),
};

/** @param asked what of knife's commands is asked for */
const oldFrontend = (knife: string, asked: readonly KnifeCommand[]): Kind<OldFrontend> => ({
  package: "chef-server-core",
  facts: facts.oldFrontendFacts,
  preflightFacts: () => [
    ...facts.oldFrontendPreflightFacts(),
    ...asked.map((command) => facts.knifeFact(knife, command)),
  ],
  toState: (name, host, reading, before) => ({
    ...toFrontendState(name, host, reading, before),
    ...(isFull(reading)
      ? { ha: haOf(reading), knifeLacks: asked.flatMap((command) => knifeLacks(reading, command)) }
      : { ha: before?.ha ?? null, knifeLacks: before?.knifeLacks ?? [] }),
  }),
  unreachable: (name, host, why, before) => ({
    ...unreachableFrontend(name, host, why, before),
    ...{ ha: null, knifeLacks: [] },
  }),
});

/**
 * Reads both systems, all machines side by side. Changes nothing. One that cannot be reached is in the result as such.
 * @param machines new backends, old backends, new frontends, old frontends, each in the order of `spec`
 * @param only the names of those that are read, where not all are: the others are as `before` has them
 * @throws UnreachableError when it is fatal: a wrong host key or a refused login is never worked around.
 */
export async function observeMigration(
  { cluster, source, tidy, goneMachines = [] }: MigrationSpec,
  machines: readonly Machine[],
  clock: Clock,
  depth: Depth,
  before?: MigrationState,
  only?: readonly string[],
): Promise<MigrationState> {
  const startedAt = clock.now();
  const places = byPlace({ ...cluster, source }, machines);
  const [ofBackends, ofFrontends] = [backendPackages(cluster), frontendPackages(cluster)];
  const read = <State extends MachineState>(
    its: readonly Machine[],
    named: readonly Named[],
    known: readonly State[] | undefined,
    kind: (at: number) => Kind<State>,
    wanted: Wanted = nothingWanted,
  ) =>
    Promise.all(
      its.map((machine, at) => {
        const old = known?.[at];
        if (old && only && !only.includes(machine.name)) return old;
        return observeMachine(kind(at), wanted, machine, named[at]!.host, depth, old);
      }),
    );
  const [nodes, oldBackends, frontends, oldFrontends] = await Promise.all([
    read(places.nodes, cluster.nodes, before?.nodes, () => newBackend, ofBackends),
    read(places.oldBackends, source.backends, before?.oldBackends, () => oldBackend),
    read(places.frontends, cluster.frontends.nodes, before?.frontends, () => newFrontend, ofFrontends),
    read(places.oldFrontends, source.frontends, before?.oldFrontends, (at) =>
      oldFrontend(
        source.knife,
        at > 0 ? [] : ["ec backup", ...(tidy ? (["tidy server report"] as const) : [])],
      ),
    ),
  ]);
  const state = { startedAt, endedAt: clock.now(), nodes, frontends, oldBackends, oldFrontends };
  const now = whoOf(state);
  const named = nodes.map((node) => ({
    ...node,
    migration: inTodaysNames(node.migration, now, goneMachines, renamedMigration),
  }));
  const record = newestJournal(named.map((node) => node.migration));
  return {
    ...state,
    nodes: recallScripts(named, record, ofBackends.matters),
    frontends: recallScripts(frontends, record, ofFrontends.matters),
  };
}

/** All machines of both systems, with what tells each from the others. */
export function whoOf(state: MigrationState): Who {
  return whoIs(everyMachine(state), tieHosts(state).rows);
}

/** The old system is left as it is. */
const nothingWanted: Wanted = { packages: {}, matters: () => "no" };

function textOf(reading: Reading, name: string): string | null {
  const { code, stdout } = factOf(reading, name);
  return code === 0 ? stdout : null;
}

/** Whatever it printed, though it may have complained of what is not there. */
function linesOf(reading: Reading, name: string): string[] {
  return factOf(reading, name)
    .stdout.split("\n")
    .filter((line) => line.trim() !== "");
}

function haOf(reading: Reading): HaConfig | null {
  return (
    parseHaConfig(textOf(reading, "serverConfig") ?? "") ??
    parseHaConfig(textOf(reading, "privateConfig") ?? "")
  );
}

/** A knife that knows no such command says so; whatever else `--help` does says that it knows it. */
function knifeLacks(reading: Reading, command: KnifeCommand): OldFrontend["knifeLacks"] {
  const { code, stdout, stderr } = factOf(reading, command);
  if (code === 127) return [{ command, problem: `there is no such program: ${short(stderr)}` }];
  const missing = /cannot find sub ?command/i.test(`${stderr}${stdout}`);
  return missing ? [{ command, problem: short(stderr || stdout) }] : [];
}
