import * as pulumi from "@pulumi/pulumi";
import { secretFields } from "../inputs/secretFields";
import { digestsIn, longField, secretPlaces } from "./unsealed";

/**
 * Makes the secret fields Pulumi secrets, without the program asking for it: the constructors do. A transform that adds
 * some returns its `props` through this, since it runs after the constructor.
 */
export function sealSecrets<T extends object>(props: T): T {
  // By place, so that one that is not known yet says nothing of the others.
  const sealed = secretPlaces.map((place) => {
    const value = pulumi.output((props as Record<string, unknown>)[place]) as pulumi.Output<unknown>;
    return [place, pulumi.secret(value.apply((known) => digestsIn(known, place)))] as const;
  });
  return { ...(seal(props) as T), __sealed: Object.fromEntries(sealed) };
}

/** What is neither an object nor a list goes to `check` as it is. Only outputs wait: what is known stays known in preview. */
function seal(value: unknown, secret = false): unknown {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) {
    const output = pulumi.output(value) as pulumi.Output<unknown>;
    // A secret that turns out to be undefined would arrive as null, though it is not given.
    return pulumi
      .unsecret(output)
      .apply(async (known) => seal(known, secret || (await pulumi.isSecret(output))));
  }
  if (value === undefined) return undefined;
  if (secret) return pulumi.secret(value);
  if (Array.isArray(value)) return value.map((each) => seal(each));
  if (typeof value !== "object" || value === null || isPulumis(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, seal(each, secretFields.has(key) || key === longField)]),
  );
}

/** What Pulumi itself writes in a form of its own. */
function isPulumis(value: object): boolean {
  return (
    pulumi.Resource.isInstance(value) ||
    pulumi.asset.Asset.isInstance(value) ||
    pulumi.asset.Archive.isInstance(value)
  );
}
