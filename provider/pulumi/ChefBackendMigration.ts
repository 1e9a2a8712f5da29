import * as pulumi from "@pulumi/pulumi";
import type { CountRow } from "../migration/counts";
import type { MigrationOutputs, Phase } from "../migration/handlers/types";
import type { Archive, TidyReport } from "../migration/record";
import { dynamicProvider } from "./dynamicProvider";
import type { ChefBackendMigrationArgs } from "./migrationArgs";
import { mapInput, sealConnection, sealNodes, withoutUndefined } from "./seal";
import { ownUrn, shortTypes, withOldType } from "./typeToken";

/**
 * The way out of DRBD: moves a highly available Chef server 12 to a new Chef Backend cluster, or rehearses that. The old
 * system is never changed, but for its frontends, which stay closed once everything has moved. Destroying the resource
 * forgets it and touches nothing.
 */
export class ChefBackendMigration extends pulumi.dynamic.Resource {
  /** `nothing`, `unfinished`, `rehearsed`, or `migrated`: from then on the new cluster is ChefBackendCluster's. */
  declare readonly phase: pulumi.Output<Phase>;
  /** By old frontend's name: `serving`, `closed` by us, or what it said. */
  declare readonly sourceFrontends: pulumi.Output<Record<string, string>>;
  /** The new cluster's own VIP; empty where its configuration names none. Clients go to the frontends. */
  declare readonly vip: pulumi.Output<string>;
  /** By new frontend's name: where DNS or the load balancer shall lead. */
  declare readonly frontendAddresses: pulumi.Output<MigrationOutputs["frontendAddresses"]>;
  /** Seconds that each step took when it was last done. */
  declare readonly durations: pulumi.Output<{ step: string; seconds: number }[]>;
  /** Objects on both sides, by organization and kind; the server's own where the organization is empty. */
  declare readonly counts: pulumi.Output<CountRow[]>;
  /** Rows of `counts` in which something is missing, or too much, as sentences. */
  declare readonly differences: pulumi.Output<string[]>;
  /** Where the report of `knife tidy` lies; null without one. */
  declare readonly tidyReport: pulumi.Output<TidyReport | null>;
  /** What was restored, as it lies on the first new frontend; null before. */
  declare readonly archive: pulumi.Output<Archive | null>;
  /** The last run that came to its end; null before. Times in ISO 8601. */
  declare readonly lastMigration: pulumi.Output<MigrationOutputs["lastMigration"]>;

  constructor(name: string, args: ChefBackendMigrationArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = {
      ...{ phase: undefined, sourceFrontends: undefined, vip: undefined, frontendAddresses: undefined },
      ...{ durations: undefined, counts: undefined, differences: undefined },
      ...{ tidyReport: undefined, archive: undefined, lastMigration: undefined },
    };
    const props = {
      ...args,
      connection: mapInput(args.connection, (connection) => sealConnection(connection)),
      nodes: mapInput(args.nodes, sealNodes),
      frontends: mapInput(args.frontends, (frontends) => ({
        ...frontends,
        nodes: mapInput(frontends.nodes, sealNodes)!,
      })),
      source: mapInput(args.source, (source) => ({
        ...source,
        backends: mapInput(source.backends, sealNodes)!,
        frontends: mapInput(source.frontends, sealNodes)!,
      })),
      __urn: ownUrn("ChefBackendMigration", name, opts?.parent),
    };
    const given = { ...outputs, ...withoutUndefined(props) };
    super(
      dynamicProvider("chefBackendMigration"),
      name,
      given,
      withOldType("ChefBackendMigration", opts),
      undefined,
      shortTypes.ChefBackendMigration,
    );
  }
}
