/* eslint-disable @typescript-eslint/no-require-imports -- an import would be a captured variable, which the
   serialised text cannot carry */
import type * as pulumi from "@pulumi/pulumi";
import type { chefBackendCluster } from "./handlers";

/**
 * The implementation, required at run time by the package's name, from the folder of the program that runs:
 * another machine and another folder than the ones that wrote the state will do.
 */
function handlers(): typeof chefBackendCluster {
  return require("module").createRequire(process.cwd() + "/")("pulumi-chef-backend/handlers")
    .chefBackendCluster;
}

/**
 * What Pulumi writes into every stack's state: small, and with nothing of this machine captured in it. It has no
 * `delete`: to destroy the resource is to forget it, and touches nothing (promise 9).
 */
export const dynamicProvider: pulumi.dynamic.ResourceProvider = {
  check: (olds, news) => handlers().check(olds, news),
  diff: (id, olds, news) => handlers().diff(id, olds, news),
  create: (inputs) => handlers().create(inputs),
  read: (id, properties) => handlers().read(id, properties),
  update: (id, olds, news) => handlers().update(id, olds, news),
};
