import * as pulumi from "@pulumi/pulumi";
import type { Attempt } from "../enterprise/record";
import type { LastUpgrade } from "../handlers/types";
import { dynamicProvider } from "./dynamicProvider";
import type { EnterpriseChefClusterArgs } from "./enterpriseArgs";
import { mapInput, sealConnection, sealNodes, withoutUndefined } from "./seal";
import { ownUrn, shortTypes, withOldType } from "./typeToken";

/**
 * Private Chef or Enterprise Chef 11 in high availability: two backends with DRBD and keepalived, and frontends.
 * Creating it adopts what runs; `version` upgrades it by the vendor's procedure, with downtime; destroying it forgets
 * it and touches nothing.
 */
export class EnterpriseChefCluster extends pulumi.dynamic.Resource {
  /** By machine: the release that the package manager has installed, `none`, or `unknown`. */
  declare readonly versions: pulumi.Output<Record<string, string>>;
  /** Name of the active backend; empty when not exactly one says that it is. */
  declare readonly master: pulumi.Output<string>;
  /** By backend: `Connected Primary/Secondary UpToDate/UpToDate`. */
  declare readonly drbd: pulumi.Output<Record<string, string>>;
  /** Whether everything runs that should, one backend is active and DRBD is in sync, as far as all machines could be read. */
  declare readonly healthy: pulumi.Output<boolean>;
  /** By frontend: `healthy`, or what does not run. */
  declare readonly frontendHealth: pulumi.Output<Record<string, string>>;
  /** The input, as it was given. */
  declare readonly backupReference: pulumi.Output<string>;
  /** Every `private-chef-ctl upgrade` of the primary backend in the last upgrade, with its seconds. */
  declare readonly attempts: pulumi.Output<Attempt[]>;
  /** By machine: the file there that has what the package manager printed in the last upgrade. */
  declare readonly installLogs: pulumi.Output<Record<string, string>>;
  /** The last upgrade that this resource completed; null before the first. Times in ISO 8601 and seconds. */
  declare readonly lastUpgrade: pulumi.Output<LastUpgrade | null>;
  /** The version whose old data `cleanup` has destroyed; empty before. */
  declare readonly cleanedUp: pulumi.Output<string>;

  constructor(name: string, args: EnterpriseChefClusterArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = {
      ...{
        versions: undefined,
        master: undefined,
        drbd: undefined,
        healthy: undefined,
        frontendHealth: undefined,
      },
      ...{ attempts: undefined, installLogs: undefined, lastUpgrade: undefined, cleanedUp: undefined },
    };
    const props = {
      ...args,
      connection: mapInput(args.connection, (connection) => sealConnection(connection)),
      nodes: mapInput(args.nodes, sealNodes),
      frontends: mapInput(args.frontends, (frontends) => ({
        ...frontends,
        nodes: mapInput(frontends.nodes, sealNodes)!,
      })),
      __urn: ownUrn("EnterpriseChefCluster", name, opts?.parent),
    };
    const given = { ...outputs, ...withoutUndefined(props) };
    super(
      dynamicProvider("enterpriseChefCluster"),
      name,
      given,
      withOldType("EnterpriseChefCluster", opts),
      undefined,
      shortTypes.EnterpriseChefCluster,
    );
  }
}
