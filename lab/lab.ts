import { exampleBackends, exampleFrontends } from "./exampleNodes";
import type { LabNode } from "./machines/labNode";
import { once, startMachines, type MachineOptions, type RunningMachines } from "./machines/startMachines";
import { StatusPage } from "./machines/statusPage";
import type { LabPackage } from "./simulation/packages/packageFile";
import { Simulation } from "./simulation/simulation";
import type { BackendSpec, FrontendSpec, SimulationOptions } from "./simulation/types";

export interface LabOptions extends MachineOptions {
  /** Chef Backend's version at the start; default `2.1.0`. */
  version?: string;
  /** Default: three, named as in the vendor's example. */
  backends?: BackendSpec[];
  /** Default: two. */
  frontends?: FrontendSpec[];
  /** chef-server-core's version on the default frontends; default `15.9.38`. */
  frontendVersion?: string;
  /** Versions of which package files are made; default `["2.3.16"]`. */
  packages?: string[];
  /** The same of chef-server-core; default: none. */
  frontendPackages?: string[];
  /** The Chef server's organizations; default `acme` and `lab`. */
  organizations?: string[];
  /** Elasticsearch that created the search index; default: the one of the version. */
  indexCreatedBy?: string;
  /** Anything else of the simulated cluster. */
  simulation?: Partial<Omit<SimulationOptions, "clock">>;
}

/** A running lab. */
export interface Lab extends RunningMachines<Simulation> {
  /** With the address of each frontend's `/_status`. */
  readonly frontends: readonly { readonly node: LabNode; readonly statusUrl: string }[];
  /** Package files by version, the same path on every node. */
  readonly packages: Readonly<Record<string, string>>;
  /** The same of chef-server-core, for the frontends. */
  readonly frontendPackages: Readonly<Record<string, string>>;
  /** The provider's `timeouts` input at this lab's scale, real seconds: leaderl's delays are shorter too. */
  readonly timeouts: { readonly statusInterval: number };
  /** Makes a further package file. @returns its path */
  makePackage(fields: Partial<LabPackage> & { version: string }): Promise<string>;
}

/** Starts the embedded lab: real SSH servers with real shells, in front of one simulated cluster. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const machines = await startMachines(
    options,
    (clock) =>
      new Simulation({
        backends: options.backends ?? exampleBackends,
        frontends: options.frontends ?? exampleFrontends(options.frontendVersion),
        version: options.version ?? "2.1.0",
        platform: options.platform,
        organizations: options.organizations,
        indexCreatedBy: options.indexCreatedBy,
        ...options.simulation,
        clock,
      }),
  );
  const { sim, shelf, node, scale } = machines;
  const pages = sim.frontends.map((frontend) => new StatusPage(sim, frontend.name));
  const stop = once(async () => {
    await Promise.all(pages.map((page) => page.close()));
    await machines.stop();
  });
  try {
    const packages = await shelf.makeAll("chef-backend", options.packages ?? ["2.3.16"]);
    const frontendPackages = await shelf.makeAll("chef-server-core", options.frontendPackages ?? []);
    const urls = await Promise.all(pages.map((page) => page.listen()));
    const statusInterval = sim.timings.statusInternalUpdateInterval + sim.timings.statusPostUpdateInterval;
    return {
      ...machines,
      frontends: pages.map((page, at) => ({ node: node(page.frontend), statusUrl: urls[at]! })),
      packages,
      frontendPackages,
      timeouts: { statusInterval: statusInterval / scale },
      makePackage: (fields) => shelf.make(fields),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
