import { execInMemory, MemoryFiles } from "../../lab/simulation/memoryFiles";
import { packageFile, packageFileName, type LabPackage } from "../../lab/simulation/packages/packageFile";
import { Simulation } from "../../lab/simulation/simulation";
import type { ExecIo, ExecResult, SimulationOptions } from "../../lab/simulation/types";
import { VirtualClock } from "../../lab/simulation/virtualClock";

/** The vendor's example cluster. */
export const exampleBackends = [
  { name: "backend-1", ip: "192.168.33.215", guid: "dc0c6ea77a751f94037cd950e8451fa3" },
  { name: "backend-2", ip: "192.168.33.216", guid: "008782c59d3628b6bb7f43556ac0c66c" },
  { name: "backend-3", ip: "192.168.33.217", guid: "1af654172b1830927a571d9a5ba7965b" },
];

export const ctl = "chef-backend-ctl";

/** A simulated cluster on a virtual clock, and short words to use it. */
export function rig(options: Partial<Omit<SimulationOptions, "clock">> = {}) {
  const clock = new VirtualClock();
  const sim = new Simulation({
    backends: exampleBackends,
    frontends: [{ name: "frontend-1", ip: "192.168.33.225" }],
    version: "2.1.0",
    ...options,
    clock,
  });
  const files = new MemoryFiles();
  const start = (node: string, argv: readonly string[], io: ExecIo = {}): Promise<ExecResult> =>
    execInMemory(sim, node, argv, files, io);
  const exec = (node: string, ...argv: string[]) => clock.run(start(node, argv));
  /** Puts a package file onto every node. @returns its path */
  const put = (fields: Partial<LabPackage> & { version: string }): string => {
    const whole = { format: sim.platform, ...fields };
    const path = `/srv/${packageFileName(whole)}`;
    files.write(path, packageFile(whole));
    return path;
  };
  const seconds = (amount: number) => clock.advance(amount * 1000);
  return { clock, sim, files, start, exec, put, seconds };
}
