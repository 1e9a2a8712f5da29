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
  /** Told about host keys that are not verified, and the like: each once, however often a machine is dialled. */
  readonly warn: (text: string) => void;
  /** Told about dials that failed and are repeated, each in the place of the last. Default: nobody. */
  readonly retry?: (text: string) => void;
  /** Default: `KEEP_ALIVE`. */
  readonly keepAlive?: KeepAlive;
}

/** The inputs' backends, then their frontends, as machines: each dialled at its first use, all side by side, and once. */
export function connectMachines(inputs: MachineInputs, options: ConnectOptions): Machine[] {
  const names = machineNames(inputs);
  const connections = nodeConnections(inputs);
  const warn = once(options.warn);
  const unverified = names.filter((_name, index) => connections[index]!.insecureIgnoreHostKey === true);
  if (unverified.length > 0)
    warn(
      `insecureIgnoreHostKey is set: the host keys of ${unverified.join(", ")} are not verified, and anyone in between can read passwords and change commands`,
    );
  return connections.map((connection, index) => {
    const settings = options.quick ? quickly(connection) : connection;
    const dial = {
      log: (line: string) => warn(`${names[index]}: ${line}`),
      retry: (line: string) => options.retry?.(`${names[index]}: ${line}`),
      keepAlive: options.keepAlive,
      identify: true,
    };
    const node = new NodeConnection(settings, options.quick ? { ...dial, attempts: 1 } : dial);
    return new ShellMachine(names[index]!, node, realClock);
  });
}

function once(tell: (text: string) => void): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (!told.has(text)) tell(text);
    told.add(text);
  };
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
