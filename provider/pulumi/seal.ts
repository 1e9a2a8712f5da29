import * as pulumi from "@pulumi/pulumi";
import type { Connection, Node } from "./args";

const secretFields = ["password", "privateKey", "privateKeyPassword", "sudoPassword"] as const;

/** Applies to a plain value at once, so that what is known stays known in preview; to an output when it comes. */
export function mapInput<T, U>(
  input: pulumi.Input<T> | undefined,
  map: (value: T) => U,
): pulumi.Input<U> | undefined {
  if (input === undefined) return undefined;
  if (pulumi.Output.isInstance(input) || input instanceof Promise)
    return pulumi.output(input).apply((value) => map(value as T)) as pulumi.Output<U>;
  return map(input as T);
}

/** The same for each of a list of machines. */
export function sealNodes(nodes: pulumi.Input<Node>[]): pulumi.Input<Node>[] {
  return nodes.map((node) => mapInput(node, sealConnection)!);
}

/** Makes the secret fields Pulumi secrets, without the program asking for it. */
export function sealConnection<T extends Connection>(connection: T): T {
  const sealed = { ...connection } as Record<string, unknown>;
  for (const field of secretFields) {
    const value = sealed[field] as pulumi.Input<string> | undefined;
    if (value !== undefined) sealed[field] = pulumi.secret(value);
  }
  if (connection.proxy !== undefined)
    sealed.proxy = mapInput(connection.proxy, (proxy) => sealConnection(proxy as Connection));
  return sealed as T;
}

/** Leaves out what is not given. */
export function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
