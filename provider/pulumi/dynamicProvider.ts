/* eslint-disable @typescript-eslint/no-require-imports -- an import would be a captured variable, which the
   serialised text cannot carry */
import type * as pulumi from "@pulumi/pulumi";
import type * as resources from "./handlers";

/**
 * What Pulumi writes into every stack's state: small, and with nothing of this machine captured in it, but the name of
 * the resource's handlers. They are required at run time by the package's name, for the program that runs: another
 * machine and another folder than the ones that wrote the state will do. Its `delete` only says what is forgotten: to
 * destroy the resource touches nothing (promise 9), also where the package has been taken out of the program.
 *
 * The package is looked for from the program's folder (its package.json may lie above), then from the packages that the
 * program depends on, the nearest first: under pnpm and Yarn's plug'n'play only those may have it. Their
 * package.json is found by its path: `exports` would hide it. No comments inside: the text would have them.
 */
export function dynamicProvider(resource: keyof typeof resources): pulumi.dynamic.ResourceProvider {
  const handle = (name: string, given: unknown[]) => {
    const files = new Set(["", "/..", "/../.."].map((up) => process.cwd() + up + "/package.json"));
    for (const file of files) {
      const from = require("module").createRequire(file);
      const find = (what: string) => {
        try {
          return from.resolve(what);
        } catch {}
      };
      const found = find("pulumi-chef-backend/handlers");
      if (found) return from(found)[resource][name](...given);
      for (const need in find(file) && from(file).dependencies)
        for (const at of process.versions.pnp
          ? [from("pnpapi").resolveToUnqualified(need, file)]
          : (from.resolve.paths(need) ?? []).map((folder: string) => folder + "/" + need))
          files.add(find(at + "/package.json") ?? file);
    }
    throw Error("Add pulumi-chef-backend to the dependencies of " + process.cwd());
  };
  return {
    check: (...given) => handle("check", given),
    diff: (...given) => handle("diff", given),
    create: (...given) => handle("create", given),
    read: (...given) => handle("read", given),
    update: (...given) => handle("update", given),
    delete: (...given) =>
      Promise.resolve()
        .then(() => handle("delete", given))
        .catch((error) => console.log(`${error}`)),
  };
}
