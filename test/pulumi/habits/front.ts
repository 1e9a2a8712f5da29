import { typeToken } from "../../../provider/pulumi/typeToken";
import { repository } from "../../support/pulumiStack";

/**
 * The front that the suite is played on: all that names its package, its types and its ways. Another front (the plugin)
 * is another object of this kind.
 */
export interface Front {
  /** JavaScript: an object of the resources' constructors, by their names. */
  readonly constructors: string;
  /** Pulumi's type token of a resource. */
  type(resource: ResourceName): string;
  /** The program, with its arguments, that the engine starts with its own address as the last one, and that prints a port. */
  readonly provider: readonly string[];
}

export type ResourceName = "ChefBackendCluster" | "EnterpriseChefCluster" | "ChefBackendMigration";

const dynamicResource: Front = {
  constructors: 'require("pulumi-chef-backend")',
  type: typeToken,
  provider: [process.execPath, `${repository}/node_modules/@pulumi/pulumi/cmd/dynamic-provider`],
};

export const front = dynamicResource;
