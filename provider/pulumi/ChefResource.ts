import * as pulumi from "@pulumi/pulumi";
import { dynamicProvider } from "./dynamicProvider";
import { effective, refuseImport } from "./resourceOptions";
import { sealSecrets } from "./seal";

const moduleName = "chef-backend";

/** What a resource's class says of it. */
interface Kind {
  readonly typeName: string;
  readonly handlers: "chefBackendCluster" | "chefBackendMigration" | "enterpriseChefCluster";
  /** Names: each becomes an output, given or not. */
  readonly inputs: object;
  readonly outputs: object;
}

/** The inputs as the outputs that they are after construction. */
export type AsOutputs<Args> = { readonly [Name in keyof Args]-?: pulumi.Output<pulumi.Unwrap<Args[Name]>> };

/** What is the same for all resources. */
export abstract class ChefResource extends pulumi.dynamic.Resource {
  protected constructor(kind: Kind, name: string, args: object, options: pulumi.CustomResourceOptions = {}) {
    const what = `${kind.typeName} ${name}`;
    refuseOtherThanObject(what, args);
    refuseImport(what, options);
    const { opts, ignored } = effective(options, kind.inputs);
    const type = `pulumi-nodejs:dynamic/${moduleName}:${kind.typeName}`;
    const props = sealSecrets({ ...args, displayUrn: pulumi.createUrn(name, type, opts.parent) });
    const given = { ...kind.outputs, ...kind.inputs, ...props };
    super(dynamicProvider(kind.handlers), name, given, opts, moduleName, kind.typeName);
    for (const text of ignored) void pulumi.log.warn(text, this);
  }
}

/** In JavaScript, anything may come; nothing is an object without inputs. @throws RunError, which Pulumi prints without a stack */
function refuseOtherThanObject(what: string, args: unknown): void {
  const got = Array.isArray(args)
    ? "a list"
    : pulumi.Output.isInstance(args) || args instanceof Promise
      ? "an output"
      : typeof args;
  if (["object", "undefined"].includes(got)) return;
  throw new pulumi.RunError(`${what}: got ${got} as inputs, expected an object whose fields are the inputs`);
}
