import * as pulumi from "@pulumi/pulumi";
import type { ClusterRow } from "../cluster/state";
import type { Backup } from "../execute/backups";
import type { LastUpgrade } from "../handlers/types";
import type { ChefBackendClusterArgs, Frontends } from "./args";
import { dynamicProvider } from "./dynamicProvider";
import { mapInput, sealConnection, sealNodes, withoutUndefined } from "./seal";
import { ownUrn, shortTypes, withOldType } from "./typeToken";

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
  /** By GUID: `/etc/machine-id` of each backend when it was adopted. A copy of the cluster has the GUIDs, not these. */
  declare readonly machineIds: pulumi.Output<Record<string, string>>;
  /** The last upgrade that this resource completed; null before the first. Times in ISO 8601 and seconds. */
  declare readonly lastUpgrade: pulumi.Output<LastUpgrade | null>;
  /** By frontend's name: the installed release, `none`, or `unknown` of one that was never reached. */
  declare readonly frontendVersions: pulumi.Output<Record<string, string>>;
  /** By frontend's name: `pong` when `/_status` says that it is healthy, else what it said, or `unreachable`. */
  declare readonly frontendHealth: pulumi.Output<Record<string, string>>;
  /** Files made by the last upgrade that made some. Sizes in bytes, times in ISO 8601. */
  declare readonly backups: pulumi.Output<Backup[]>;
  /** What Chef recommends for the cluster as it is, such as a rebuild of the search index after 3.x; empty otherwise. */
  declare readonly recommendations: pulumi.Output<string[]>;

  constructor(name: string, args: ChefBackendClusterArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = {
      ...{ leader: undefined, installedVersions: undefined, runningVersions: undefined, failover: undefined },
      ...{ healthy: undefined, clusterStatus: undefined, machineIds: undefined, lastUpgrade: undefined },
      ...{ frontendVersions: undefined, frontendHealth: undefined, backups: undefined },
      recommendations: undefined,
    };
    const props = {
      ...args,
      connection: mapInput(args.connection, (connection) => sealConnection(connection)),
      nodes: mapInput(args.nodes, sealNodes),
      frontends: mapInput(args.frontends, sealFrontends),
      __urn: ownUrn("ChefBackendCluster", name, opts?.parent),
    };
    super(
      dynamicProvider("chefBackendCluster"),
      name,
      { ...outputs, ...withoutUndefined(props) },
      withOldType("ChefBackendCluster", opts),
      undefined,
      shortTypes.ChefBackendCluster,
    );
  }
}

function sealFrontends(frontends: Frontends): Frontends {
  return { ...frontends, nodes: mapInput(frontends.nodes, sealNodes)! };
}
