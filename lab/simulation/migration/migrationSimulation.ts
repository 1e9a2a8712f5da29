import { Frontend } from "../frontend";
import type { Machine } from "../machine";
import { Simulation } from "../simulation";
import type { NodeSwitches } from "../switches";
import type { System } from "../system";
import type { Trigger } from "../triggers";
import type { ExecIo, ExecResult, HistoryEntry, SystemOptions } from "../types";
import { NodeDownError } from "../types";
import { DrbdPair, type DrbdPairOptions } from "./drbdPair";

export interface MigrationOptions extends SystemOptions {
  /** The old system, where it differs from the usual one. */
  source?: Omit<DrbdPairOptions, keyof SystemOptions>;
  /** Frontends of the new system; default 2. */
  newFrontends?: number;
}

const newBackends = [1, 2, 3].map((n) => ({ name: `backend-${n}`, ip: `192.168.33.${214 + n}` }));

/** The old system and, beside it, the fresh machines of the new one. They know nothing of each other. */
export class MigrationSimulation {
  readonly source: DrbdPair;
  readonly target: Simulation;

  constructor(options: MigrationOptions) {
    const { source, newFrontends = 2, ...system } = options;
    const frontends = Array.from({ length: newFrontends }, (_, at) => ({
      name: `frontend-${at + 1}`,
      ip: `192.168.33.${225 + at}`,
    }));
    this.source = new DrbdPair({ ...system, ...source });
    this.target = new Simulation({ ...system, version: "", fresh: true, backends: newBackends, frontends });
  }

  get clock() {
    return this.source.clock;
  }

  get platform() {
    return this.source.platform;
  }

  get backends(): readonly Machine[] {
    return [...this.source.backends, ...this.target.backends];
  }

  get frontends(): readonly Machine[] {
    return [...this.source.frontends, ...this.target.frontends];
  }

  get machines(): readonly Machine[] {
    return [...this.source.machines, ...this.target.machines];
  }

  programsOf(machine: Machine) {
    return this.sideOf(machine.name).programsOf(machine);
  }

  /** The side that a machine belongs to. @throws NodeDownError when there is no such machine */
  sideOf(node: string): System {
    const side = [this.source, this.target].find((each) => each.machines.some(({ name }) => name === node));
    if (!side) throw new NodeDownError(`the simulation has no machine ${node}`);
    return side;
  }

  exec(node: string, argv: readonly string[], io?: ExecIo): Promise<ExecResult | "passthrough"> {
    return this.sideOf(node).exec(node, argv, io);
  }

  machine(node: string): Machine {
    return this.sideOf(node).machine(node);
  }

  switches(node: string): NodeSwitches {
    return this.sideOf(node).switches(node);
  }

  nodeDown(node: string): void {
    this.sideOf(node).nodeDown(node);
  }

  nodeUp(node: string): void {
    this.sideOf(node).nodeUp(node);
  }

  onMachine(listener: (node: string, up: boolean) => void): void {
    this.source.onMachine(listener);
    this.target.onMachine(listener);
  }

  /** Calls `action` once, that many simulated seconds after a changing command with that beginning starts there. */
  when(node: string, prefix: readonly string[], action: () => void, afterSeconds = 0): Trigger {
    return this.sideOf(node).when(node, prefix, action, afterSeconds);
  }

  /** Changing commands of both sides in the order in which they started. */
  get history(): HistoryEntry[] {
    return [...this.source.history, ...this.target.history].sort((a, b) => a.at - b.at);
  }

  /** What nobody should do was done: a sentence each. */
  get accidents(): string[] {
    const touched = this.source.history.filter(({ node, argv }) => !this.#allowed(node, argv));
    const sentences = touched.map(({ node, argv }) => `${node}: ${argv.join(" ")} ran on the old system`);
    return [...sentences, ...this.source.accidents, ...this.target.accidents];
  }

  /** On the old system: reading it, and on its frontends stopping writes and going back. */
  #allowed(node: string, [program = "", verb = ""]: readonly string[]): boolean {
    if (/(^|\/)knife$/.test(program)) return true;
    // Not `maintenance`: that is a mark in the Redis of the old pair.
    const control = program === "chef-server-ctl" && ["stop", "start"].includes(verb);
    return control && this.machine(node) instanceof Frontend;
  }

  /** Objects of the old server that the new one does not have, or has otherwise, by their paths in a backup. */
  get lost(): string[] {
    const { source, target } = this;
    const differs = (path: string) => source.data.files.get(path) !== target.data.files.get(path);
    return [...source.data.files.keys()].filter((path) => !isPivotal(path) && differs(path)).sort();
  }

  /** Objects of the new server that the old one does not have. */
  get surplus(): string[] {
    const { source, target } = this;
    return [...target.data.files.keys()].filter((path) => !source.data.files.has(path)).sort();
  }
}

const isPivotal = (path: string) => path.endsWith("/pivotal.json");
