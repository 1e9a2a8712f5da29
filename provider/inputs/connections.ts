import { Secret } from "../secrets/secret";
import { allHosts } from "./names";
import type { ClusterInputs, ConnectionInputs } from "./schema";

type Wrapped<T> = T extends { password?: string | undefined }
  ? Omit<T, "password" | "privateKey" | "privateKeyPassword"> & {
      readonly password?: Secret;
      readonly privateKey?: Secret;
      readonly privateKeyPassword?: Secret;
    }
  : never;

/** How to reach one machine, with its secrets wrapped. */
export type NodeConnection = Omit<Wrapped<ConnectionInputs>, "sudoPassword" | "proxy"> & {
  readonly host: string;
  readonly sudoPassword?: Secret;
  readonly proxy?: Wrapped<NonNullable<ConnectionInputs["proxy"]>>;
};

/** What of the inputs says how to reach the machines. */
export type MachineInputs = Pick<ClusterInputs, "nodes" | "connection"> & {
  readonly frontends?: Pick<NonNullable<ClusterInputs["frontends"]>, "nodes"> | undefined;
};

/** One connection per machine, the backends' first: the shared fields, overridden by the machine's own. */
export function nodeConnections(inputs: MachineInputs): NodeConnection[] {
  return allHosts(inputs).map(({ name: _name, ...own }) => {
    const { proxy, sudoPassword, ...rest } = {
      ...inputs.connection,
      ...withoutUndefined(own),
    } as ConnectionInputs & { host: string };
    return {
      ...wrap(rest),
      ...(sudoPassword === undefined ? {} : { sudoPassword: new Secret(sudoPassword) }),
      ...(proxy ? { proxy: wrap(proxy) } : {}),
    } as NodeConnection;
  });
}

function wrap<T extends { password?: string; privateKey?: string; privateKeyPassword?: string }>(login: T) {
  const { password, privateKey, privateKeyPassword, ...rest } = login;
  const secrets = Object.entries({ password, privateKey, privateKeyPassword }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...rest, ...Object.fromEntries(secrets.map(([key, value]) => [key, new Secret(value!)])) };
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>;
}
