import { EnterpriseSimulation } from "../../../lab/simulation/enterprise/enterpriseSimulation";
import type { EnterpriseOptions } from "../../../lab/simulation/enterprise/types";
import { execInMemory, MemoryFiles } from "../../../lab/simulation/memoryFiles";
import { packageFile, packageFileName } from "../../../lab/simulation/packages/packageFile";
import type { ExecResult } from "../../../lab/simulation/types";
import { VirtualClock } from "../../../lab/simulation/virtualClock";

export const ctl = "private-chef-ctl";
export const status = "/var/opt/opscode/keepalived/current_cluster_status";

/** A simulated Private Chef in high availability on a virtual clock, and short words to use it. */
export function rig(options: Partial<Omit<EnterpriseOptions, "clock">> = {}) {
  const clock = new VirtualClock();
  const sim = new EnterpriseSimulation({ ...options, clock });
  const files = new MemoryFiles();
  const fields = { name: "private-chef", version: "11.3.2", format: sim.platform };
  const path = `/srv/${packageFileName(fields)}`;
  files.write(path, packageFile(fields));
  const start = (node: string, argv: readonly string[]): Promise<ExecResult> =>
    execInMemory(sim, node, argv, files);
  const exec = (node: string, ...argv: string[]) => clock.run(start(node, argv));
  /** Runs a command that must end with 0. @returns its standard output */
  const well = async (node: string, ...argv: string[]) => {
    const result = await exec(node, ...argv);
    if (result.code !== 0) throw new Error(`${node} ${argv.join(" ")}: ${result.code} ${result.stderr}`);
    return result.stdout;
  };
  const install = (node: string) =>
    well(node, ...(sim.platform === "deb" ? ["dpkg", "-D10", "-i", path] : ["rpm", "-Uvh", path]));
  /** Copies the primary's `/etc/opscode` to that machine. */
  const copy = (node: string) => void (sim.machine(node).opscode = sim.backends[0].opscode);
  const seconds = (amount: number) => clock.advance(amount * 1000);
  const names = sim.machines.map(({ name }) => name);

  /** The vendor's steps in their order, up to the copying of `/etc/opscode`. */
  const untilCopied = async () => {
    for (const node of names) await well(node, ctl, "reconfigure");
    for (const node of names.slice(2)) await well(node, ctl, "stop");
    await well("backend-2", ctl, "stop", "keepalived");
    await seconds(60);
    for (const node of names) await install(node);
    await well("backend-1", ctl, "upgrade");
    for (const node of names.slice(1)) copy(node);
  };
  /** All of them, but for `cleanup`. */
  const throughout = async () => {
    await untilCopied();
    for (const node of names.slice(1)) await well(node, ctl, "upgrade");
    for (const node of names) await well(node, ctl, "start");
    await seconds(60);
  };
  return { clock, sim, files, path, start, exec, well, install, copy, seconds, untilCopied, throughout };
}
