import type { ClusterInputs } from "../../../provider/inputs/schema";
import { startTcpRelay, type TcpRelay } from "../../support/tcpRelay";
import { inputsFor } from "../lab/asClient";
import type { Machines } from "../lab/startMachines";

/** Relays between us and each backend's sshd, by name: for what networks do (not every kernel has netem). */
export class Relays {
  private constructor(
    private readonly machines: Machines,
    private readonly byName: ReadonlyMap<string, TcpRelay>,
  ) {}

  static async start(machines: Machines): Promise<Relays> {
    const started = machines.backends.map(
      async ({ name, ip }) => [name, await startTcpRelay(22, 0, ip)] as const,
    );
    return new Relays(machines, new Map(await Promise.all(started)));
  }

  to(name: string): TcpRelay {
    return this.byName.get(name)!;
  }

  /** The inputs of somebody who reaches the backends through them. */
  inputs(change: Partial<ClusterInputs>): ClusterInputs {
    const { connection, ...inputs } = inputsFor(this.machines, change);
    let { knownHosts } = this.machines;
    const nodes = this.machines.backends.map(({ name, ip }) => {
      const { port } = this.to(name);
      knownHosts = knownHosts.replace(`${ip} `, `[127.0.0.1]:${port} `);
      return { name, host: "127.0.0.1", port };
    });
    return { ...inputs, nodes, connection: { ...connection, knownHosts } };
  }

  async close(): Promise<void> {
    await Promise.all([...this.byName.values()].map((relay) => relay.close()));
  }
}
