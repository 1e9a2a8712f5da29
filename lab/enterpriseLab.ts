import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DiskTree } from "./machines/diskTree";
import { rootFolderOf, type LabNode } from "./machines/labNode";
import { startMachines, type MachineOptions, type RunningMachines } from "./machines/startMachines";
import { EnterpriseSimulation } from "./simulation/enterprise/enterpriseSimulation";
import type { EnterpriseOptions } from "./simulation/enterprise/types";

export interface EnterpriseLabOptions extends MachineOptions {
  /** Versions of private-chef of which package files are made; default `["11.3.2"]`. */
  packages?: string[];
  /** Anything else of the simulated system. */
  simulation?: Partial<Omit<EnterpriseOptions, "clock" | "platform" | "treeOf">>;
}

/** A running lab of Private Chef. The nodes' `/etc/opscode` lie as real files below their `rootFolder`. */
export interface EnterpriseLab extends RunningMachines<EnterpriseSimulation> {
  readonly frontends: readonly LabNode[];
  /** Package files by version, the same path on every node. */
  readonly packages: Readonly<Record<string, string>>;
}

/** Starts real SSH servers with real shells in front of one simulated Private Chef in high availability. */
export async function startEnterpriseLab(options: EnterpriseLabOptions = {}): Promise<EnterpriseLab> {
  const treeIn = (folder: string) => (node: string) => {
    const root = rootFolderOf(folder, node);
    mkdirSync(join(root, "etc"), { recursive: true });
    return new DiskTree(root);
  };
  const machines = await startMachines(
    options,
    (clock, folder) =>
      new EnterpriseSimulation({
        ...options.simulation,
        ...{ clock, platform: options.platform, treeOf: treeIn(folder) },
      }),
  );
  try {
    const packages = await machines.shelf.makeAll("private-chef", options.packages ?? ["11.3.2"]);
    return { ...machines, frontends: machines.nodes.filter(({ kind }) => kind === "frontend"), packages };
  } catch (error) {
    await machines.stop();
    throw error;
  }
}
