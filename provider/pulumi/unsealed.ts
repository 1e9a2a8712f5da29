import { createHash } from "node:crypto";
import { secretFields } from "../inputs/secretFields";
import type { InputFailure } from "../inputs/validate";

/** Sealed too, as it fills the screen in `--diff`. */
export const longField = "knownHosts";

/** The inputs below which secrets stand, of all resources. */
export const secretPlaces = ["connection", "nodes", "frontends", "source"] as const;

/** Digests of secrets by their paths, such as `connection.proxy.password`. */
export type Digests = Readonly<Record<string, string>>;

/** With the internal input `__sealed`: by place what the constructor has sealed. */
type Inputs = Readonly<Record<string, unknown>> & { readonly __sealed?: Readonly<Record<string, Digests>> };

/** Digests of the secrets in a value. What is no text is left to validation, which refuses it. */
export function digestsIn(value: unknown, path: string): Digests {
  return Object.fromEntries(secretsIn(value, path).map(([at, secret]) => [at, digest(secret)]));
}

/**
 * Secrets that came after the constructor. `check` gets every value in clear and cannot see which of them Pulumi will store
 * encrypted: those that the constructor sealed it will. Another value where it sealed one is that of the state, by
 * `ignoreChanges`, or a transform's.
 */
export function unsealed(news: Inputs, olds: Inputs, isUnknown: (value: unknown) => boolean): InputFailure[] {
  const { __sealed: sealed } = news;
  if (sealed === undefined) return [];
  return secretPlaces.flatMap((place) => {
    const given = sealed[place] ?? {};
    if (isUnknown(given)) return [];
    const before = digestsIn(olds[place], place);
    const isSealed = (path: string, secret: string) =>
      path in given && [given[path], before[path]].includes(digest(secret));
    return secretsIn(news[place], place)
      .filter(([path, secret]) => !isUnknown(secret) && !isSealed(path, secret))
      .map(([property]) => ({ property, reason }));
  });
}

const reason =
  "is a secret that came after the constructor, from a transform, so Pulumi would store it in clear: let the transform " +
  'return its props through sealSecrets, from "pulumi-chef-backend", or give the secret to the resource itself, also where `ignoreChanges` keeps the one of the state';

function secretsIn(value: unknown, path: string): [path: string, secret: string][] {
  if (Array.isArray(value)) return value.flatMap((each, at) => secretsIn(each, `${path}[${at}]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]): [string, string][] => {
    if (!secretFields.has(key)) return secretsIn(each, `${path}.${key}`);
    return typeof each === "string" ? [[`${path}.${key}`, each]] : [];
  });
}

const digest = (secret: string) => createHash("sha256").update(secret).digest("hex");
