import type { ClusterInputs } from "../inputs/schema";
import { nodeConnections } from "../inputs/connections";
import { nodeNames } from "../inputs/toSpec";
import { realClock } from "../machine/clock";
import type { Machine } from "../machine/machine";
import { ShellMachine } from "./shellMachine";

/** Seconds that a preview waits for a node. */
const quickDial = 10;

export interface ConnectOptions {
  /** One attempt of at most 10 s for each node, as previews do. */
  readonly quick: boolean;
  readonly warn: (text: string) => void;
  readonly note: (text: string) => void;
}

/** The inputs' nodes as machines: dialled at first use, side by side, and once each. */
export function connectMachines(inputs: ClusterInputs, options: ConnectOptions): Machine[] {
  const names = nodeNames(inputs);
  return nodeConnections(inputs).map((settings, index) => {
    void settings;
    void quickDial;
    void options;
    void realClock;
    void ShellMachine;
    void names;
    void index;
    throw new Error("to be connected");
  });
}
