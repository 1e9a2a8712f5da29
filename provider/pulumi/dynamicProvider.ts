import type * as pulumi from "@pulumi/pulumi";
import type { chefBackendCluster } from "./handlers";

/**
 * The implementation, required at run time by the package's name, from the folder of the program that runs:
 * another machine and another folder than the ones that wrote the state will do.
 */
function handlers(): typeof chefBackendCluster {
  const here = process.cwd() + "/";
  // An import would become a captured variable, which the serialised text cannot carry.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require("node:module").createRequire(here)("pulumi-chef-backend/handlers").chefBackendCluster;
}

/** What Pulumi writes into every stack's state: small, and with nothing of this machine captured in it. */
export const dynamicProvider: pulumi.dynamic.ResourceProvider = {
  check: (olds, news) => handlers().check(olds, news),
  diff: (id, olds, news) => handlers().diff(id, olds, news),
  create: (inputs) => handlers().create(inputs),
  read: (id, properties) => handlers().read(id, properties),
  update: (id, olds, news) => handlers().update(id, olds, news),
  delete: () => handlers().delete(),
};
