import { chefBackendRb } from "../files/config";
import { licenseFile } from "../files/licenses";
import { runningConfig } from "../files/runningConfig";
import { Frontend } from "../frontend";
import type { Machine } from "../machine";
import { migrationLevelPath } from "../schema";
import type { Simulation } from "../simulation";
import type { ProductFile } from "../system";
import { Backend } from "./backend";
import { tooOldForIt } from "./elasticsearch";

/** Files of Chef Backend, and of Chef Infra Server on the frontends. */
export function productFile(sim: Simulation, machine: Machine, path: string): ProductFile | undefined {
  if (sim.fresh && sim.tree(machine.name).read(path)) return sim.tree(machine.name).read(path);
  const license = licenseFile(machine, path);
  if (license) return license;
  if (machine instanceof Frontend) return sim.fresh ? undefined : frontendFile(machine, path);
  if (!(machine instanceof Backend)) return undefined;
  const { rejoinFails } = machine.switches;
  switch (path) {
    case "/etc/chef-backend/chef-backend.rb":
      return sim.fresh ? undefined : { content: chefBackendRb(sim, machine) };
    case "/var/log/chef-backend/elasticsearch/current":
      return machine.cannotOpenIndex
        ? { content: `${tooOldForIt(machine.elasticsearch, machine.indexData!, "b2tvdFhJU1JtQmU2SDlFUQ")}\n` }
        : undefined;
    case "/var/opt/chef-backend/leaderl/data/unsynced":
      return rejoinFails === "partially_synced" ? { content: "" } : undefined;
    case "/var/opt/chef-backend/leaderl/data/no-start-pgsql":
      return rejoinFails === "waiting_for_leader" ? { content: "" } : undefined;
  }
  return undefined;
}

function frontendFile({ migrationLevel, switches }: Frontend, path: string): ProductFile | undefined {
  if (path === "/etc/opscode/chef-server-running.json") return { content: runningConfig(switches.sslPort) };
  if (path === "/etc/opscode/chef-server.rb") return { content: "# of the embedded lab\n" };
  return path === migrationLevelPath ? { content: migrationLevel } : undefined;
}
