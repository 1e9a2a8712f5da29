import { basename } from "node:path";
import { shelf } from "./cluster";
import type { Machine } from "./machine";

/** Installs the package on every frontend and connects each with the cluster, one after another. */
export async function setUpFrontends(
  frontends: readonly Machine[],
  backend: Machine,
  packagePath: string,
): Promise<void> {
  const file = `${shelf}/${basename(packagePath)}`;
  let level = "";
  for (const machine of frontends) {
    await machine.run(machine.family === "deb" ? `dpkg -i ${file}` : `rpm -U ${file}`);
    const settings = await backend.run(`chef-backend-ctl gen-server-config ${machine.name}`);
    await machine.run("cat > /etc/opscode/chef-server.rb", settings);
    // The others get the first one's.
    const path = "/var/opt/opscode/upgrades/migration-level";
    if (level !== "") await machine.run(`cat > ${path}`, level);
    await machine.run("chef-server-ctl reconfigure");
    level = await machine.run(`cat ${path}`);
  }
}
