/** What names are made of, as the program gives it. */
interface Host {
  readonly host: string;
  readonly name?: string | undefined;
  readonly port?: number | undefined;
}

/** The inputs' machines, as far as their names go. */
export interface Hosts<T extends Host = Host> {
  readonly nodes: readonly T[];
  readonly frontends?: { readonly nodes: readonly T[] } | undefined;
  readonly connection?: { readonly port?: number | undefined } | undefined;
}

/** All machines: the backends, then the frontends. */
export function allHosts<T extends Host>(inputs: Hosts<T>): T[] {
  return [...inputs.nodes, ...(inputs.frontends?.nodes ?? [])];
}

/** The port at which a machine is reached. */
export function portOf(inputs: Hosts, machine: Host): number {
  return machine.port ?? inputs.connection?.port ?? 22;
}

/**
 * Names of all machines, the backends' first: its `name`, else its host, with the port where hosts alone are not
 * different.
 */
export function machineNames(inputs: Hosts): string[] {
  const machines = allHosts(inputs);
  return machines.map(
    (machine) =>
      machine.name ??
      (machines.filter((other) => other.host === machine.host).length > 1
        ? `${machine.host}:${portOf(inputs, machine)}`
        : machine.host),
  );
}
