import { createHash } from "node:crypto";
import type { InputFailure } from "../inputs/validate";

/** Inputs whose values are secrets, wherever they stand. */
export const secretFields: ReadonlySet<string> = new Set([
  "password",
  "privateKey",
  "privateKeyPassword",
  "sudoPassword",
]);

/** The inputs below which secrets stand, of all resources. */
export const secretPlaces = ["connection", "nodes", "frontends", "source"] as const;

/** Digests of secrets by their paths, such as `connection.proxy.password`. */
export type Digests = Readonly<Record<string, string>>;

/**
 * By place what the constructor has sealed: the internal input `__sealed`. Check gets all values in clear and cannot see
 * which of them are secrets in the state; a transform may have added others after the constructor.
 */
type Sealed = Readonly<Record<string, Digests>>;
type Inputs = Readonly<Record<string, unknown>> & { readonly __sealed?: Sealed };

/** Digests of the secrets in a value. What is no text is left to validation, and never stored. */
export function digestsIn(value: unknown, path: string): Digests {
  return Object.fromEntries(secretsIn(value, path).map(([at, secret]) => [at, digest(secret)]));
}

/** Secrets that the constructor has not sealed, and that no earlier run has stored sealed (`ignoreChanges` brings those back). */
export function unsealed(news: Inputs, olds: Inputs, isUnknown: (value: unknown) => boolean): InputFailure[] {
  const { __sealed: sealed } = news;
  if (sealed === undefined) return [];
  return secretPlaces.flatMap((place) => {
    const given = sealed[place];
    if (isUnknown(given)) return [];
    // A state of before `__sealed`: of what the constructor seals, it had sealed that too.
    const before = olds.__sealed?.[place] ?? onlyOf(given, digestsIn(olds[place], place));
    return secretsIn(news[place], place)
      .filter(
        ([path, secret]) => !isUnknown(secret) && ![given?.[path], before[path]].includes(digest(secret)),
      )
      .map(([property]) => ({ property, reason }));
  });
}

/** What the next run may take for sealed, to be stored with the inputs. */
export function sealedNow(news: Inputs, isUnknown: (value: unknown) => boolean): Pick<Inputs, "__sealed"> {
  const { __sealed: sealed } = news;
  if (sealed === undefined) return {};
  const now = Object.entries(sealed).map(([place, given]) => [
    place,
    isUnknown(given) ? given : digestsIn(news[place], place),
  ]);
  return { __sealed: Object.fromEntries(now) as Sealed };
}

const reason =
  "is a secret that a transform has added, so Pulumi would store it in clear: let the transform return " +
  'sealSecrets(props), from "pulumi-chef-backend", or give it to the resource itself';

function secretsIn(value: unknown, path: string): [path: string, secret: string][] {
  if (Array.isArray(value)) return value.flatMap((each, at) => secretsIn(each, `${path}[${at}]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]): [string, string][] => {
    if (!secretFields.has(key)) return secretsIn(each, `${path}.${key}`);
    return typeof each === "string" ? [[`${path}.${key}`, each]] : [];
  });
}

function onlyOf(given: Digests | undefined, digests: Digests): Digests {
  return Object.fromEntries(Object.entries(digests).filter(([path]) => given?.[path] !== undefined));
}

const digest = (secret: string) => createHash("sha256").update(secret).digest("hex");
