import { type MachineInputs, nodeConnections } from "../inputs/connections";
import { machineNames } from "../inputs/names";
import { realClock } from "../machine/clock";
import type { Machine } from "../machine/machine";
import type { KeepAlive } from "../ssh/dial";
import { NodeConnection } from "../ssh/nodeConnection";
import { ShellMachine } from "./shellMachine";

/** Seconds that a preview waits for a node. */
const quickDial = 10;

export interface ConnectOptions {
  /** One attempt of at most 10 s for each node, as previews do. */
  readonly quick: boolean;
  /** Told about retried dials and unverified host keys. */
  readonly warn: (text: string) => void;
  /** Told about the further retries in a row, each in the place of the last. Default: `warn`. */
  readonly retry?: (text: string) => void;
  /** Default: `KEEP_ALIVE`. */
  readonly keepAlive?: KeepAlive;
}

/** The inputs' backends, then their frontends, as machines: each dialled at its first use, all side by side, and once. */
export function connectMachines(inputs: MachineInputs, options: ConnectOptions): Machine[] {
  const names = machineNames(inputs);
  return nodeConnections(inputs).map((connection, index) => {
    const settings = options.quick ? quickly(connection) : connection;
    const { warn, retry = warn } = options;
    const dial = {
      log: (line: string) => warn(`${names[index]}: ${line}`),
      again: (line: string) => retry(`${names[index]}: ${line}`),
      keepAlive: options.keepAlive,
      identify: true,
    };
    const node = new NodeConnection(settings, options.quick ? { ...dial, attempts: 1 } : dial);
    return new ShellMachine(names[index]!, node, realClock);
  });
}

function quickly<T extends { perDialTimeout?: number; proxy?: { perDialTimeout?: number } }>(
  connection: T,
): T {
  const perDialTimeout = Math.min(connection.perDialTimeout || quickDial, quickDial);
  return {
    ...connection,
    perDialTimeout,
    ...(connection.proxy ? { proxy: { ...connection.proxy, perDialTimeout } } : {}),
  };
}
