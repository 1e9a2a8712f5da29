import { startMachines, type MachineOptions, type RunningMachines } from "./machines/startMachines";
import { ofLeaderl } from "./simulation/files/config";
import { MigrationSimulation, type MigrationOptions } from "./simulation/migration/migrationSimulation";

export interface MigrationLabOptions extends MachineOptions {
  /** Versions of the new cluster's packages; default `2.3.16` and `15.9.38`. */
  versions?: { readonly backend?: string; readonly server?: string };
  /** Anything else of the two simulated systems. */
  simulation?: Partial<Omit<MigrationOptions, "clock" | "platform">>;
}

/** A running lab of an old DRBD pair with its frontends, and fresh machines for the new cluster. */
export interface MigrationLab extends RunningMachines<MigrationSimulation> {
  /** Package files of chef-backend and chef-server-core, the same paths on every node. */
  readonly packages: { readonly backend: string; readonly server: string };
  /** The provider's `timeouts` input at this lab's scale, real seconds: leaderl's delays are shorter too. */
  readonly timeouts: { readonly statusInterval: number };
  /** chef-backend.rb of the new backends: the cluster's VIP, and leaderl's intervals at this lab's scale. */
  readonly backendConfig: string;
  /** The path of a node's knife: `/opt/opscode` would be the real machine's. */
  knife(node: string): string;
}

/** Starts real SSH servers with real shells in front of both systems. */
export async function startMigrationLab(options: MigrationLabOptions = {}): Promise<MigrationLab> {
  const { platform, simulation, versions } = options;
  const machines = await startMachines(
    options,
    (clock) => new MigrationSimulation({ ...simulation, clock, platform }),
  );
  try {
    const { shelf, node, sim, scale } = machines;
    const { statusInternalUpdateInterval: internal, statusPostUpdateInterval: post } = sim.target.timings;
    return {
      ...machines,
      packages: {
        backend: await shelf.make({ name: "chef-backend", version: versions?.backend ?? "2.3.16" }),
        server: await shelf.make({ name: "chef-server-core", version: versions?.server ?? "15.9.38" }),
      },
      timeouts: { statusInterval: (internal + post) / scale },
      backendConfig: [`vip '${sim.target.vip}'`, ...ofLeaderl(sim.target)]
        .map((line) => `${line}\n`)
        .join(""),
      knife: (name) => node(name).program("knife"),
    };
  } catch (error) {
    await machines.stop();
    throw error;
  }
}
