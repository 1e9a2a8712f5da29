import type { Clock } from "./clock";
import { Backend } from "./cluster/backend";
import { Frontend } from "./frontend";
import type { Machine, Surroundings } from "./machine";
import { packageVersion } from "./packages/packageFile";
import { Random } from "./random";
import type { NodeSwitches } from "./switches";
import { defaultTimings, type Timings } from "./timings";
import { NodeDownError, type Platform, type SimulationOptions } from "./types";

/** The machines of a simulated cluster and its frontends. */
export abstract class SimulatedMachines {
  readonly clock: Clock;
  readonly platform: Platform;
  readonly random: Random;
  readonly timings: Timings;
  readonly backends: readonly Backend[];
  readonly frontends: readonly Frontend[];

  constructor(options: SimulationOptions) {
    this.clock = options.clock;
    this.platform = options.platform ?? "deb";
    this.random = new Random(options.seed ?? 1);
    this.timings = { ...defaultTimings, ...options.timings };
    const { clock, random, platform } = this;
    const around: Surroundings = { clock, random, platform, changed: () => this.changed() };
    const versionOf = (own: string | undefined) => packageVersion(own ?? options.version, platform);
    this.backends = options.backends.map(
      (spec) => new Backend(spec, versionOf(spec.version), around, this.timings),
    );
    this.frontends = (options.frontends ?? []).map((spec) => new Frontend(spec, around));
  }

  /** Called after every change of anything. */
  abstract changed(): void;

  /** @throws NodeDownError when there is no such machine */
  machine(node: string): Machine {
    const found = [...this.backends, ...this.frontends].find((machine) => machine.name === node);
    if (!found) throw new NodeDownError(`the simulation has no machine ${node}`);
    return found;
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

  /** What can be made to go wrong on a node: see switches.ts. */
  switches(node: string): NodeSwitches {
    return this.machine(node).switches;
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
