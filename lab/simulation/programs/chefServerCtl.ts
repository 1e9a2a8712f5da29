import type { Program } from "./program";

/** `chef-server-ctl` of a frontend: as much as the lab's procedures need. */
export const chefServerCtl: Program = async (run) => {
  if (!run.isRoot) return run.fail(1, "chef-server-ctl must be run as root.");
  const { frontend, sim } = run;
  const [name, argument] = run.args;
  switch (name) {
    case "status":
      await run.sleep(sim.timings.control);
      for (const service of ["nginx", "oc_bifrost", "opscode-erchef"])
        run.say(
          frontend.serving
            ? `run: ${service}: (pid 2101) 107990s; run: log: (pid 2090) 107995s`
            : `down: ${service}: 5s, normally up; run: log: (pid 2090) 107995s`,
        );
      return frontend.serving ? 0 : 1;
    case "reconfigure":
      run.changes();
      await run.sleep(sim.timings.reconfigure);
      if (!sim.cluster.led) return run.fail(1, "ERROR: cannot reach PostgreSQL on the Chef Backend cluster");
      run.say("Chef Server Reconfigured!");
      return 0;
    case "start":
    case "stop":
      run.changes();
      await run.sleep(sim.timings.control);
      frontend.serving = name === "start";
      return 0;
    case "maintenance":
      if (argument !== "on" && argument !== "off")
        return run.fail(1, "Usage: chef-server-ctl maintenance on|off");
      run.changes();
      await run.sleep(sim.timings.control);
      frontend.maintenance = argument === "on";
      return 0;
    case "version":
      run.say(frontend.packages.find("chef-server-core")?.version.replace(/-.*$/, "") ?? "");
      return 0;
    default:
      return run.fail(
        1,
        `I don't know that command: ${name ?? ""}\nUsage: chef-server-ctl COMMAND [options]`,
      );
  }
};
