import type { MachineState } from "../cluster/state";
import { refuse } from "../plan/refusal";
import { closedSource, type KnownMachine, type MigrationRecord } from "./record";
import type { Rule } from "./rule";

/** Steps that make something of a machine; what else is done on one leaves files of ours and no more. */
const building = ["install", "config", "create", "join", "server-config", "reconfigure"];

/** Whether a step of one of these kinds was begun on the machine that is now given by that name. */
export const isBegunOn = (
  record: Pick<MigrationRecord, "begun"> | null,
  name: string,
  kinds: readonly string[] = building,
): boolean => kinds.some((kind) => record?.begun.includes(`${name}/${kind}`));

/** Clones of one image have one machine id, and their own addresses. */
const isSame = ({ id, addresses }: KnownMachine, machine: MachineState): boolean =>
  machine.unreachable === null &&
  id === machine.machineId &&
  (addresses.length === 0 || addresses.some((each) => machine.addresses.includes(each)));

/** The record's machines, with those that are begun now: an unbegun one is whoever is given by that name. */
export function knownMachines(
  record: MigrationRecord | null,
  machines: readonly MachineState[],
): Readonly<Record<string, KnownMachine>> {
  const fresh = machines
    .filter(({ name, unreachable }) => unreachable === null && !isKept(record, name))
    .map(({ name, machineId, addresses }) => [name, { id: machineId, addresses }] as const);
  return { ...record?.machines, ...Object.fromEntries(fresh) };
}

/** What was done on a machine is bound to it. A record of an earlier version knows machines by their names alone. */
const isKept = (record: MigrationRecord | null, name: string) =>
  record?.machines?.[name] !== undefined && isOwed(record, name);

const isOwed = (record: MigrationRecord, name: string) =>
  isBegunOn(record, name) || closedSource(record).includes(name);

/** The record by the names that the machines have now: renaming one in the program, or another address, changes nothing. */
export function byPresentNames(
  record: MigrationRecord | null,
  machines: readonly MachineState[],
): MigrationRecord | null {
  if (!record?.machines) return record;
  const now = new Map(
    Object.entries(record.machines).flatMap(([name, known]) => {
      const its = machines.filter((machine) => isSame(known, machine));
      return its.length === 1 && its[0]!.name !== name ? [[name, its[0]!.name] as const] : [];
    }),
  );
  if (now.size === 0) return record;
  const name = (old: string) => now.get(old) ?? old;
  const step = (id: string) => id.replace(/^(.*)(?=\/)/, (old) => name(old));
  const keyed = <T>(of: (key: string) => string, values: Readonly<Record<string, T>> = {}) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [of(key), value]));
  return {
    ...record,
    begun: record.begun.map(step),
    done: record.done.map(step),
    jobs: keyed(step, record.jobs),
    lacked: keyed(step, record.lacked),
    failedScripts: keyed(name, record.failedScripts),
    machines: keyed(name, record.machines),
  };
}

/** What was begun on a machine goes on there, or not at all. */
export const otherMachines: Rule = ({ cluster, source }, { nodes, frontends, oldFrontends }, record) => {
  const machines = [...nodes, ...frontends, ...oldFrontends];
  // One that cannot be reached is told of as such.
  if (machines.length < [...cluster.nodes, ...cluster.frontends.nodes, ...source.frontends].length) return [];
  return Object.entries(record?.machines ?? {})
    .filter(([name]) => isOwed(record!, name))
    .flatMap(([name, known]) => {
      const its = machines.find((machine) => machine.name === name);
      if (its && isSame(known, its)) return [];
      const was = `machine id ${known.id || "unknown"}, ${known.addresses.join(", ")}`;
      return [
        refuse({
          code: "target",
          what: "Machine of the unfinished migration is missing",
          where: name,
          seen: `steps were begun on ${was}; ${its ? `${name} is now machine id ${its.machineId || "unknown"}, ${its.addresses.join(", ")}` : "no machine of the inputs is that one"}`,
          next: "list that machine again, under any name, with an address that it had; to begin anew, list only fresh machines",
        }),
      ];
    });
};
