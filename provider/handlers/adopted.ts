import type { ClusterState } from "../cluster/state";
import type { Adopted } from "../inputs/toSpec";
import type { Plan } from "../plan/plan";
import type { UpgradeSpec } from "../plan/spec";
import { type View, viewOf } from "../plan/view";

/** Which cluster inputs or properties tell of; none before adoption. Earlier versions kept each GUID in the backend's own entry. */
export function adopted(olds: object): Adopted | undefined {
  const { __adopted, backends, machineIds } = olds as {
    __adopted?: Adopted;
    backends?: Record<string, { guid?: string }>;
    machineIds?: Adopted["machines"];
  };
  const guids = Object.values(backends ?? {}).flatMap(({ guid }) => (guid ? [guid] : []));
  return __adopted ?? (guids.length > 0 ? { guids, machines: machineIds ?? {} } : undefined);
}

/** Which cluster it is from now on: what is there, unless it may be another one. A machine's id stays that of its adoption. */
export function nextAdopted(spec: UpgradeSpec, plan: Plan, state: ClusterState): Adopted {
  const known = { guids: spec.knownGuids, machines: spec.knownMachines };
  if (plan.refusals.some(({ code }) => code === "membership")) return known;
  const view = viewOf(spec, state);
  const guids = [...view.tied.rows.values()].map(({ guid }) => guid);
  // While `cluster-status` says nothing, or not of each backend, it is the one that it was.
  if (known.guids.length > 0 && guids.length < spec.nodes.length) return known;
  return { guids: guids.sort(), machines: { ...machineIdsOf(view), ...known.machines } };
}

/** By GUID, as far as they are known. */
export function machineIdsOf({ tied, state }: View): Record<string, string> {
  const of = (name: string) => state.nodes.find((node) => node.name === name)!.machineId;
  return Object.fromEntries(
    [...tied.rows].flatMap(([name, { guid }]) => (of(name) === "" ? [] : [[guid, of(name)]])),
  );
}
