import type { Program } from "../../programs/program";
import type { Machine } from "../../machine";
import type { System } from "../../system";
import type { DrbdView } from "../drbd";

type WithDrbd = System & { drbd(node: Machine): DrbdView };

/** `drbdadm cstate|dstate|role RESOURCE`, as DRBD 8.3 prints it. */
export const drbdadm: Program<WithDrbd> = (run) => {
  const [verb = "", resource] = run.args;
  const node = run.sim.machine(run.machine.name);
  if (!run.isRoot) return run.fail(20, "Could not connect to 'drbd' generic netlink family");
  if (!["cstate", "dstate", "role"].includes(verb) || !["all", "pc0"].includes(resource ?? ""))
    return run.fail(20, `drbdadm: Unknown command '${run.args.join(" ")}'.`);
  if (node.switches.drbd === "missing") {
    run.say("Unconfigured");
    return 0;
  }
  const { connection, disks, roles } = run.sim.drbd(node);
  run.say({ cstate: connection, dstate: disks, role: roles }[verb as "cstate"]);
  return 0;
};
