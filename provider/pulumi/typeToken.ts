import type * as pulumi from "@pulumi/pulumi";

/**
 * What follows `pulumi-nodejs:dynamic:` in each resource's type. Pulumi's table has a column as wide as the longest
 * type, and cuts off what stands right of it: with the class's own name no live status would fit into 100 columns.
 */
export const shortTypes = {
  ChefBackendCluster: "ChefHA",
  EnterpriseChefCluster: "ChefHA11",
  ChefBackendMigration: "ChefMove",
} as const;

type ClassName = keyof typeof shortTypes;

/** The whole type of a resource. */
export const typeToken = (name: ClassName) => `pulumi-nodejs:dynamic:${shortTypes[name]}`;

/** A resource's options, with the type that states of earlier releases know it by: under its name, and those that it had. */
export function withOldType(
  name: ClassName,
  opts: pulumi.CustomResourceOptions = {},
): pulumi.CustomResourceOptions {
  const type = `pulumi-nodejs:dynamic/chef-backend:${name}`;
  const { aliases = [] } = opts;
  const plain = aliases.filter(
    (alias): alias is pulumi.Alias => Object.getPrototypeOf(alias) === Object.prototype,
  );
  return { ...opts, aliases: [...aliases, ...[{}, ...plain].map((alias) => ({ type, ...alias }))] };
}
