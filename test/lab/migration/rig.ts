import { execInMemory, MemoryFiles } from "../../../lab/simulation/memoryFiles";
import {
  MigrationSimulation,
  type MigrationOptions,
} from "../../../lab/simulation/migration/migrationSimulation";
import { packageFile, packageFileName } from "../../../lab/simulation/packages/packageFile";
import type { ExecIo, ExecResult } from "../../../lab/simulation/types";
import { VirtualClock } from "../../../lab/simulation/virtualClock";

export const ctl = "chef-backend-ctl";
export const server = "chef-server-ctl";
export const knife = "/opt/opscode/embedded/bin/knife";
export const fromSql = ["--with-user-sql", "--with-key-sql", "-c", "/etc/opscode/pivotal.rb"] as const;
export const accepted = ["--accept-license", "--yes"] as const;

/** Both systems on a virtual clock, all machines with one set of real files, and short words to use them. */
export function rig(options: Partial<MigrationOptions> = {}) {
  const clock = new VirtualClock();
  const sim = new MigrationSimulation({ ...options, clock });
  const files = new MemoryFiles();
  const put = (name: string, version: string) => {
    const fields = { name, version, format: sim.source.platform };
    const path = `/srv/${packageFileName(fields)}`;
    files.write(path, packageFile(fields));
    return path;
  };
  const packages = { backend: put("chef-backend", "2.3.16"), server: put("chef-server-core", "15.9.38") };
  const start = (node: string, argv: readonly string[], io: ExecIo = {}): Promise<ExecResult> =>
    execInMemory(sim, node, argv, files, io);
  const run = (node: string, argv: readonly string[], io: ExecIo = {}) => clock.run(start(node, argv, io));
  const exec = (node: string, ...argv: string[]) => run(node, argv);
  /** Standard output of a command that must end well. */
  const ok = async (node: string, ...argv: string[]): Promise<string> => {
    const result = await exec(node, ...argv);
    expect([node, ...argv, result.code, result.stderr]).toEqual([node, ...argv, 0, expect.anything()]);
    return result.stdout;
  };
  const seconds = (amount: number) => clock.advance(amount * 1000);

  /** Lays a text on a machine as an administrator would. */
  const lay = async (node: string, path: string, text: string) => {
    files.write("/root/text", text);
    await ok(node, "mkdir", "-p", path.replace(/\/[^/]*$/, ""));
    await ok(node, "cp", "/root/text", path);
  };
  const install = async (node: string, packagePath: string) => {
    await ok(node, ...(sim.platform === "deb" ? ["dpkg", "-i"] : ["yum", "install", "-y"]), packagePath);
    if (node.startsWith("backend"))
      await lay(node, "/etc/chef-backend/chef-backend.rb", `publish_address '${sim.machine(node).ip}'\n`);
  };
  const secrets = "/root/secrets.json";
  const create = async () => {
    await install("backend-1", packages.backend);
    await ok("backend-1", ctl, "create-cluster", ...accepted);
    files.write(secrets, await ok("backend-1", "cat", "/etc/chef-backend/chef-backend-secrets.json"));
    await seconds(60);
  };
  const join = async (node: string) => {
    await install(node, packages.backend);
    await ok(node, ctl, "join-cluster", "192.168.33.215", "-s", secrets, ...accepted);
    await seconds(90);
  };
  const frontend = async (node: string, first?: string) => {
    await install(node, packages.server);
    const config = await ok("backend-1", ctl, "gen-server-config", `${node}.lab.example.com`);
    await lay(node, "/etc/opscode/chef-server.rb", config);
    const copied = ["/etc/opscode/private-chef-secrets.json", "/var/opt/opscode/upgrades/migration-level"];
    for (const path of first ? copied : []) await lay(node, path, await ok(first!, "cat", path));
    if (first) await ok(node, "touch", "/var/opt/opscode/bootstrapped");
    await ok(node, "env", "CHEF_LICENSE=accept", server, "reconfigure");
  };
  /** The new system, ready to be filled. */
  const setUp = async () => {
    await create();
    for (const node of ["backend-2", "backend-3"]) await join(node);
    await frontend("frontend-1");
    await frontend("frontend-2", "frontend-1");
  };
  const stopOld = async () => {
    for (const { name } of sim.source.frontends) await ok(name, server, "stop");
  };
  return {
    ...{ clock, sim, files, packages, secrets, start, run, exec, ok, seconds, lay, install },
    ...{ create, join, frontend, setUp, stopOld },
  };
}
