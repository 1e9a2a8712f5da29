import * as pulumi from "@pulumi/pulumi";
import type { ClusterRow } from "../cluster/state";
import type { Backup } from "../execute/backups";
import type { LastUpgrade } from "../handlers/types";
import type { ChefBackendClusterArgs, Connection, Frontends, Node } from "./args";
import { dynamicProvider } from "./dynamicProvider";

const moduleName = "chef-backend";
const typeName = "ChefBackendCluster";
const secretFields = ["password", "privateKey", "privateKeyPassword", "sudoPassword"] as const;

/**
 * A Chef Backend cluster of three backends at a version, and its frontends. Creating it adopts what runs; changing
 * a version upgrades it by the vendor's procedure; destroying it forgets it and touches nothing.
 */
export class ChefBackendCluster extends pulumi.dynamic.Resource {
  /** Name of the leading node; empty when there is none. */
  declare readonly leader: pulumi.Output<string>;
  /** By node name: the version that the package manager has installed. */
  declare readonly installedVersions: pulumi.Output<Record<string, string>>;
  /** By node name: the version whose services run, `before 2.3.16`, or `unknown`. */
  declare readonly runningVersions: pulumi.Output<Record<string, string>>;
  /** `on`, `off` or `unknown`. */
  declare readonly failover: pulumi.Output<string>;
  declare readonly healthy: pulumi.Output<boolean>;
  /** The rows of `chef-backend-ctl cluster-status`. */
  declare readonly clusterStatus: pulumi.Output<ClusterRow[]>;
  /** The last upgrade that this resource completed; null before the first. Times in ISO 8601 and seconds. */
  declare readonly lastUpgrade: pulumi.Output<LastUpgrade | null>;
  /** By frontend's name: the installed release, `none`, or `unknown` of one that was never reached. */
  declare readonly frontendVersions: pulumi.Output<Record<string, string>>;
  /** By frontend's name: `pong` when `/_status` says that it is healthy, else what it said, or `unreachable`. */
  declare readonly frontendHealth: pulumi.Output<Record<string, string>>;
  /** Files made by the last upgrade that made some. Sizes in bytes, times in ISO 8601. */
  declare readonly backups: pulumi.Output<Backup[]>;

  constructor(name: string, args: ChefBackendClusterArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = {
      ...{ leader: undefined, installedVersions: undefined, runningVersions: undefined, failover: undefined },
      ...{ healthy: undefined, clusterStatus: undefined, lastUpgrade: undefined },
      ...{ frontendVersions: undefined, frontendHealth: undefined, backups: undefined },
    };
    const props = {
      ...args,
      connection: mapInput(args.connection, (connection) => sealConnection(connection)),
      nodes: mapInput(args.nodes, sealNodes),
      frontends: mapInput(args.frontends, sealFrontends),
      displayUrn: pulumi.createUrn(name, `pulumi-nodejs:dynamic/${moduleName}:${typeName}`, opts?.parent),
    };
    super(dynamicProvider, name, { ...outputs, ...withoutUndefined(props) }, opts, moduleName, typeName);
  }
}

/** Applies to a plain value at once, so that what is known stays known in preview; to an output when it comes. */
function mapInput<T, U>(
  input: pulumi.Input<T> | undefined,
  map: (value: T) => U,
): pulumi.Input<U> | undefined {
  if (input === undefined) return undefined;
  if (pulumi.Output.isInstance(input) || input instanceof Promise)
    return pulumi.output(input).apply((value) => map(value as T)) as pulumi.Output<U>;
  return map(input as T);
}

function sealNodes(nodes: pulumi.Input<Node>[]): pulumi.Input<Node>[] {
  return nodes.map((node) => mapInput(node, sealConnection)!);
}

function sealFrontends(frontends: Frontends): Frontends {
  return { ...frontends, nodes: mapInput(frontends.nodes, sealNodes)! };
}

/** Makes the secret fields Pulumi secrets, without the program asking for it. */
function sealConnection<T extends Connection>(connection: T): T {
  const sealed = { ...connection } as Record<string, unknown>;
  for (const field of secretFields) {
    const value = sealed[field] as pulumi.Input<string> | undefined;
    if (value !== undefined) sealed[field] = pulumi.secret(value);
  }
  if (connection.proxy !== undefined)
    sealed.proxy = mapInput(connection.proxy, (proxy) => sealConnection(proxy as Connection));
  return sealed as T;
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
