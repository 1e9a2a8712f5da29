import type { ClusterState } from "../cluster/state";
import type { Adopted } from "../inputs/toSpec";
import type { Plan } from "../plan/plan";
import type { UpgradeSpec } from "../plan/spec";
import { viewOf } from "../plan/view";

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
  const rows = [...viewOf(spec, state).tied.rows];
  // While `cluster-status` says nothing, or not of each backend, it is the one that it was.
  if (known.guids.length > 0 && rows.length < spec.nodes.length) return known;
  const ids = rows.flatMap(([name, { guid }]) => {
    const { machineId } = state.nodes.find((node) => node.name === name)!;
    return machineId === "" ? [] : [[guid, machineId]];
  });
  return {
    guids: rows.map(([, { guid }]) => guid).sort(),
    machines: { ...(Object.fromEntries(ids) as Adopted["machines"]), ...known.machines },
  };
}
