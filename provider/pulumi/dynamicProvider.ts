import type * as pulumi from "@pulumi/pulumi";

/**
 * What Pulumi writes into every stack's state: small, and without anything captured. The implementation is
 * required at run time by its package name, from the folder of the program that runs.
 */
export const dynamicProvider: pulumi.dynamic.ResourceProvider = {
  check: (olds, news) => require("pulumi-chef-backend/handlers").chefBackendCluster.check(olds, news),
  diff: (id, olds, news) => require("pulumi-chef-backend/handlers").chefBackendCluster.diff(id, olds, news),
  create: (inputs) => require("pulumi-chef-backend/handlers").chefBackendCluster.create(inputs),
  read: (id, props) => require("pulumi-chef-backend/handlers").chefBackendCluster.read(id, props),
  update: (id, olds, news) =>
    require("pulumi-chef-backend/handlers").chefBackendCluster.update(id, olds, news),
  delete: (id, props) => require("pulumi-chef-backend/handlers").chefBackendCluster.delete(id, props),
};
