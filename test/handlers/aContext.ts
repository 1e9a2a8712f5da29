import type { HandlerContext } from "../../provider/handlers/types";
import type { ClusterInputs } from "../../provider/inputs/schema";
import type { Machine } from "../../provider/machine/machine";
import { UnreachableError } from "../../provider/machine/machine";
import { MemoryMachine } from "../support/memoryMachine";
import { debPath, names, Rehearsal } from "../support/rehearsal";

/** A front in memory, in front of a simulated cluster: what the handlers get in place of Pulumi and SSH. */
export class FakeFront {
  readonly lab = new Rehearsal();
  readonly client = { dead: false, unreachable: new Set<string>() };
  readonly quick: boolean[] = [];
  closed = 0;
  /** Nodes whose host key is wrong. */
  readonly impostors = new Set<string>();

  readonly context: HandlerContext = {
    clock: this.lab.clock,
    report: (event) => void this.lab.events.push(event),
    timestamp: () => new Date(this.lab.clock.now()).toISOString(),
    newId: () => "run-x",
    owner: "me@laptop",
    process: "p",
    isAlive: () => null,
    connect: (inputs, quick) => this.#connect(inputs, quick),
    localFile: async (path) => {
      if (path !== "./right.deb") throw new Error(`${path}: there is no such file`);
      return { sha256: "ab".repeat(32), sizeKiB: 1000 };
    },
  };

  get warnings(): string[] {
    return this.lab.texts("warning");
  }

  #connect(inputs: ClusterInputs, quick: boolean): Machine[] {
    this.quick.push(quick);
    return inputs.nodes.map(({ host }) => {
      const machine: Machine = new MemoryMachine(this.lab.node(host), this.client);
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

/** Inputs of a program for the simulated cluster. */
export function inputsFor(change: Record<string, unknown> = {}) {
  return {
    version: "2.3.16",
    nodes: names.map((host) => ({ host })),
    packageFile: { path: debPath },
    ...change,
  };
}
