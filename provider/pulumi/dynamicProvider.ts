/* eslint-disable @typescript-eslint/no-require-imports -- an import would be a captured variable, which the
   serialised text cannot carry */
import type * as pulumi from "@pulumi/pulumi";
import type * as resources from "./handlers";

/**
 * What Pulumi writes into every stack's state: small, and with nothing of this machine captured in it, but the name of
 * the resource's handlers. They are required at run time by the package's name, from the folder of the program that
 * runs: another machine and another folder than the ones that wrote the state will do. Its
 * `delete` only says what is forgotten: to destroy the resource touches nothing (promise 9).
 */
export function dynamicProvider(resource: keyof typeof resources): pulumi.dynamic.ResourceProvider {
  const handlers = (): (typeof resources)[typeof resource] =>
    require("module").createRequire(process.cwd() + "/")("pulumi-chef-backend/handlers")[resource];
  return {
    check: (olds, news) => handlers().check(olds, news),
    diff: (id, olds, news) => handlers().diff(id, olds, news),
    create: (inputs) => handlers().create(inputs),
    read: (id, properties) => handlers().read(id, properties),
    update: (id, olds, news) => handlers().update(id, olds, news),
    // Nothing depends on it: the package may have been taken out of the program before.
    delete: (id, properties) =>
      Promise.resolve()
        .then(() => handlers().delete(id, properties))
        .catch((error) => console.log(`${error}`)),
  };
}
