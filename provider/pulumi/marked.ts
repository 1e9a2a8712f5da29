import { secretFields } from "../inputs/secretFields";
import { longField } from "./unsealed";

/**
 * Marks the secrets in what goes to the engine, in the form that Pulumi's protocol has for them. The engine marks by itself only what
 * stood at the same place before: a refresh after a failed update also writes secrets that were new with it. A list with one is
 * marked as a whole, as the engine does it.
 */
export function marked<T>(value: T): T;
export function marked(value: unknown): unknown {
  if (Array.isArray(value)) return value.some(hasSecret) ? secret(value) : value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, isSecret(name, each) ? secret(each) : marked(each)]),
  );
}

const isSecret = (name: string, value: unknown) =>
  (secretFields.has(name) || name === longField) && typeof value === "string";

const hasSecret = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  Object.entries(value).some(([name, each]) => isSecret(name, each) || hasSecret(each));

const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});
