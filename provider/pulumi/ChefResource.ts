import * as pulumi from "@pulumi/pulumi";
import { dynamicProvider } from "./dynamicProvider";
import { effective, refuseImport } from "./resourceOptions";
import { sealSecrets } from "./seal";
import { type ClassName, ownUrn, shortTypes, withOldType } from "./typeToken";

/** What a resource's class says of it. */
interface Kind {
  readonly typeName: ClassName;
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
    const { typeName } = kind;
    const props = sealSecrets({ ...args, __urn: ownUrn(typeName, name, opts.parent) });
    const given = { ...kind.outputs, ...kind.inputs, ...props };
    const provider = dynamicProvider(kind.handlers);
    super(provider, name, given, withOldType(typeName, opts), undefined, shortTypes[typeName]);
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
