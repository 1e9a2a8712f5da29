import { Backend } from "../cluster/backend";
import type { Run } from "../programs/program";
import type { MaintainerScript } from "../switches";

/**
 * What happens to the services of a backend once the new package is unpacked and its script starts. The script
 * is a process of its own: it goes on when the package manager is killed.
 */
export function startPostinst(run: Run, script: MaintainerScript): void {
  const { machine, sim } = run;
  if (!(machine instanceof Backend)) return;
  if (machine.switches.installBreaksLeader && sim.cluster.leader === machine)
    machine.stop(["postgresql", "leaderl"]);
  if (script === "stop" || script === "restart") machine.stop();
  if (script === "restart")
    sim.clock.setTimer(sim.timings.scriptRestart * 1000, () => machine.up && machine.start());
}

/** The script that a package brings, unless the node's switch overrides it. */
export function scriptOf(run: Run, packaged: MaintainerScript): MaintainerScript {
  return run.machine.switches.maintainerScript ?? packaged;
}
