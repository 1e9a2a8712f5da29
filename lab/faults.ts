import { type NodeSwitches, quietSwitches } from "./simulation/switches";
import type { System } from "./simulation/system";

/** What can be set for the whole cluster of Chef Backend, as `cluster.NAME`. */
const ofCluster = ["upgradeAlone", "noLeaderAfterFullStop"];

/**
 * Sets switches as a command line names them: `backend-3.upgradeReturnsEarly`, or with a JSON value
 * `backend-2.rejoinSlow=120`; for the whole cluster `cluster.noLeaderAfterFullStop`.
 * @throws Error that names the fault, and what there is.
 */
export function setFaults(sim: Pick<System, "switches">, faults: readonly string[]): void {
  for (const fault of faults) {
    const match = /^([^.=]+)\.([^.=]+)(?:=(.*))?$/s.exec(fault);
    if (!match) throw new Error(`--fault ${fault}: expected NODE.SWITCH or NODE.SWITCH=JSON`);
    const [, node, name, json] = match as unknown as [string, string, keyof NodeSwitches, string | undefined];
    const known = node === "cluster" ? ofCluster.filter((each) => each in sim) : Object.keys(quietSwitches());
    if (!known.includes(name))
      throw new Error(`--fault ${fault}: there is no switch ${name}; there are ${known.join(", ")}`);
    const target: unknown = node === "cluster" ? sim : sim.switches(node);
    (target as Record<string, unknown>)[name] = json === undefined ? true : valueOf(fault, json);
  }
}

function valueOf(fault: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Error(
      `--fault ${fault}: expected JSON after the =, for example 120, "stop" or {"code":1,"message":"no"}`,
    );
  }
}
