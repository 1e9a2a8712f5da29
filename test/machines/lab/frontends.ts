import { basename } from "node:path";
import { shelf } from "./cluster";
import type { Machine } from "./machine";

/** Installs the package on every frontend. */
export async function installFrontends(frontends: readonly Machine[], packagePath: string): Promise<void> {
  const file = `${shelf}/${basename(packagePath)}`;
  await Promise.all(
    frontends.map((machine) => machine.run(machine.family === "deb" ? `dpkg -i ${file}` : `rpm -U ${file}`)),
  );
}

/** Connects each with the cluster, one after another. */
export async function setUpFrontends(frontends: readonly Machine[], backend: Machine): Promise<void> {
  let level = "";
  for (const machine of frontends) {
    const settings = await backend.run(`chef-backend-ctl gen-server-config ${machine.name}`);
    await machine.run("cat > /etc/opscode/chef-server.rb", settings);
    // The others get the first one's.
    const path = "/var/opt/opscode/upgrades/migration-level";
    if (level !== "") await machine.run(`cat > ${path}`, level);
    await machine.run("chef-server-ctl reconfigure");
    level = await machine.run(`cat ${path}`);
  }
}
