import type { Machine } from "../machine";
import type { Simulation } from "../simulation";
import type { MaintainerScript } from "../switches";
import { Backend } from "./backend";

/** What happens to the services of a backend once the new package is unpacked and its script starts. */
export function startPostinst(sim: Simulation, machine: Machine, script: MaintainerScript): void {
  if (!(machine instanceof Backend) || !machine.joined) return;
  if (machine.switches.installBreaksLeader && sim.cluster.leader === machine)
    machine.stop(["postgresql", "leaderl"]);
  if (script === "stop" || script === "restart") machine.stop();
  if (script === "restart")
    sim.clock.setTimer(sim.timings.scriptRestart * 1000, () => machine.up && machine.start());
}
