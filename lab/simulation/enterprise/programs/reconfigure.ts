import { upstreamOf } from "../../version";
import { writeRunning } from "../opscodeFolder";
import type { EnterpriseRun } from "./privateChefCtl";
import { wake } from "./services";

/** `reconfigure`: writes this machine's attributes, starts what is stopped. */
export async function reconfigure(run: EnterpriseRun): Promise<number> {
  const { sim } = run;
  const node = sim.machine(run.machine.name);
  run.changes();
  if (node.isBackend && sim.peer(node).busy)
    sim.accidents.push(
      `${node.name}: reconfigure beside the ${sim.peer(node).busy} of ${sim.peer(node).name}`,
    );
  node.busy = "reconfigure";
  try {
    run.say("Starting Chef Client, version 11.6.0");
    run.say("Converging 210 resources");
    await run.sleep(sim.timings.reconfigure);
    const { reconfigureFails } = node.switches;
    if (reconfigureFails) return run.fail(reconfigureFails.code, reconfigureFails.message);
    writeRunning(node.tree, node.name, upstreamOf(node.installed));
    wake(sim, node);
    run.say("Chef Client finished, 3 resources updated");
    run.say("opscode Reconfigured!");
    return 0;
  } finally {
    node.busy = null;
    sim.changed();
  }
}
