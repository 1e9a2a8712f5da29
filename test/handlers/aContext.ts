import { packageFile } from "../../lab/simulation/packages/packageFile";
import type { SimulationOptions } from "../../lab/simulation/types";
import { diffBy } from "../../provider/handlers/diff";
import type { HandlerContext } from "../../provider/handlers/types";
import { clusterInputs } from "../../provider/inputs/schema";
import { allHosts } from "../../provider/inputs/names";
import type { MachineInputs } from "../../provider/inputs/connections";
import type { Machine } from "../../provider/machine/machine";
import { UnreachableError } from "../../provider/machine/machine";
import { MemoryMachine } from "../support/memoryMachine";
import { MemoryNode } from "../support/memoryNode";
import { debPath, names, Rehearsal } from "../support/rehearsal";

export const diff = diffBy(clusterInputs);

/** A front in memory, in front of a simulated cluster: what the handlers get in place of Pulumi and SSH. */
export class FakeFront {
  readonly lab: Rehearsal;
  readonly #frontends: readonly MemoryNode[];
  /** Whoever connects gets the present one: another one in its place is another process. */
  client = { dead: false, unreachable: new Set<string>() };
  readonly quick: boolean[] = [];
  closed = 0;
  /** Nodes whose host key is wrong. */
  readonly impostors = new Set<string>();

  readonly context: HandlerContext;

  constructor(options: Partial<SimulationOptions> = {}) {
    const lab = (this.lab = new Rehearsal(options));
    this.#frontends = (options.frontends ?? []).map(({ name }) => new MemoryNode(lab.sim, name, lab.jobs));
    this.context = {
      clock: lab.clock,
      report: (event) => {
        lab.events.push(event);
        lab.onEvent?.(event);
      },
      timestamp: () => new Date(lab.clock.now()).toISOString(),
      newId: () => "run-x",
      owner: "me@laptop",
      process: "p",
      isAlive: () => null,
      runHere: (...given) => lab.runHere(...given),
      connect: (inputs, quick) => this.#connect(inputs, quick),
      localFile: async (path) => {
        if (path !== "./right.deb") throw new Error(`${path}: there is no such file`);
        return { sha256: "ab".repeat(32), sizeKiB: 1000 };
      },
    };
  }

  /** A backend's or frontend's memory. */
  node(name: string): MemoryNode {
    return this.#frontends.find((node) => node.name === name) ?? this.lab.node(name);
  }

  /** Lays a package of chef-backend onto every backend, or one of chef-server-core onto every frontend. */
  lay(name: "chef-backend" | "chef-server-core", version: string): { path: string } {
    const path = `/srv/${name}_${version}-1_amd64.deb`;
    const nodes = name === "chef-backend" ? this.lab.nodes : this.#frontends;
    for (const node of nodes)
      node.files.set(path, Buffer.from(packageFile({ name, version, format: "deb" })));
    return { path };
  }

  get warnings(): string[] {
    return this.lab.texts("warning");
  }

  #connect(inputs: MachineInputs, quick: boolean): Machine[] {
    this.quick.push(quick);
    return allHosts(inputs).map(({ host }) => {
      const machine: Machine = new MemoryMachine(this.node(host), this.client);
      machine.close = async () => void (this.closed += 1);
      if (this.impostors.has(host))
        machine.read = () => Promise.reject(new UnreachableError(`${host}: its host key is wrong`, true));
      return machine;
    });
  }

  /** Runs a handler while the simulated time passes. */
  run<T>(handler: (context: HandlerContext) => Promise<T>): Promise<T> {
    return this.lab.clock.run(handler(this.context));
  }
}

/** Two frontends for the simulation, and the same for a program. */
export const frontendSpecs = ["frontend-1", "frontend-2"].map((name, index) => ({
  ...{ name, ip: `192.168.33.${31 + index}`, version: "14.0.65" },
}));
export const frontendNodes = frontendSpecs.map(({ name }) => ({ host: name }));

/** Inputs of a program for the simulated cluster. */
export function inputsFor(change: Record<string, unknown> = {}) {
  return {
    version: "2.3.16",
    nodes: names.map((host) => ({ host })),
    packageFile: { path: debPath },
    ...change,
  };
}
