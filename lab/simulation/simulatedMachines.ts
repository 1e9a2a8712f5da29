import { Backend } from "./cluster/backend";
import { Frontend } from "./frontend";
import type { Surroundings } from "./machine";
import { packageVersion } from "./packages/packageFile";
import { System } from "./system";
import type { SimulationOptions } from "./types";

/** The machines of a simulated cluster and its frontends. */
export abstract class SimulatedMachines extends System {
  readonly backends: readonly Backend[];
  readonly frontends: readonly Frontend[];

  constructor(options: SimulationOptions) {
    super(options);
    const { clock, random, platform } = this;
    const around: Surroundings = { clock, random, platform, changed: () => this.changed() };
    const versionOf = (own: string | undefined) => packageVersion(own ?? options.version, platform);
    const fresh = options.fresh ?? false;
    this.backends = options.backends.map(
      (spec) => new Backend(spec, fresh ? null : versionOf(spec.version), around, this.timings),
    );
    this.frontends = (options.frontends ?? []).map((spec) => new Frontend(spec, around, fresh));
  }

  backend(node: string): Backend {
    const machine = this.machine(node);
    if (!(machine instanceof Backend)) throw new Error(`${node} is no backend`);
    return machine;
  }

  frontend(node: string): Frontend {
    const machine = this.machine(node);
    if (!(machine instanceof Frontend)) throw new Error(`${node} is no frontend`);
    return machine;
  }

  /** Installed build by backend. */
  installedVersions(): Record<string, string> {
    return Object.fromEntries(this.backends.map((backend) => [backend.name, backend.installed]));
  }

  /** Build by backend for which `upgrade` last did its work. */
  runningVersions(): Record<string, string> {
    return Object.fromEntries(this.backends.map((backend) => [backend.name, backend.upgradedTo]));
  }
}
