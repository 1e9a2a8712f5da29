import * as pulumi from "@pulumi/pulumi";

/**
 * What follows `pulumi-nodejs:dynamic:` in each resource's type. Pulumi's table has a column as wide as the longest
 * type, and cuts off what stands right of it: with the class's own name no live status would fit into 100 columns.
 */
export const shortTypes = {
  ChefBackendCluster: "ChefHA",
  EnterpriseChefCluster: "ChefHA11",
  ChefBackendMigration: "ChefMove",
} as const;

export type ClassName = keyof typeof shortTypes;

/** The whole type of a resource. */
export const typeToken = (name: ClassName) => `pulumi-nodejs:dynamic:${shortTypes[name]}`;

/**
 * The URN that a resource will have, as a plain text: an output would make the resource wait for its parent and all that the parent
 * has; in a component that is the resource itself, and what uses it.
 */
export function ownUrn(name: ClassName, resource: string, parent?: pulumi.Resource): Promise<string> {
  const urn = pulumi.createUrn(resource, typeToken(name), parent);
  return new Promise((resolve) => urn.apply(resolve));
}

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
