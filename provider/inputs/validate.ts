import type { z } from "zod";
import { type ClusterInputs, clusterInputs } from "./schema";
import { secretFields } from "./secretFields";
import { shown } from "./shown";

/** One thing wrong with the inputs. */
export interface InputFailure {
  /** For example `nodes[1].host`. */
  readonly property: string;
  readonly reason: string;
}

/** `validateBy` for a `ChefBackendCluster`. */
export function validate(
  raw: Record<string, unknown>,
  isUnknown: (value: unknown) => boolean,
): Validated<ClusterInputs> {
  return validateBy(clusterInputs, raw, isUnknown);
}

export interface Validated<Inputs> {
  readonly inputs: Inputs | null;
  readonly failures: InputFailure[];
  readonly unknown: string[];
}

/**
 * Checks the program's inputs by a resource's schema. Values that are not known yet (`isUnknown`) are neither right nor wrong: their
 * failures are left out, and `inputs` is null as long as there are any.
 */
export function validateBy<Inputs>(
  schema: z.ZodType<Inputs>,
  raw: Record<string, unknown>,
  isUnknown: (value: unknown) => boolean,
): Validated<Inputs> {
  const unknown = findUnknown(raw, isUnknown);
  const result = schema.safeParse(raw);
  const known = new Set(namesIn(schema));
  if (result.success && unknown.length === 0) return { inputs: result.data, failures: [], unknown };
  const issues = result.success ? [] : result.error.issues;
  const failures = issues
    .flatMap((issue) => toFailures(issue, raw, known))
    .filter(
      ({ property }) => !unknown.some((path) => isWithin(property, path) || path.startsWith(`${property}.`)),
    )
    // A field that is wrong in two ways is told once.
    .filter(({ property }, index, all) => all.findIndex((other) => other.property === property) === index);
  return { inputs: null, failures, unknown };
}

/** Whether a property is the one at `path`, or lies inside it. */
function isWithin(property: string, path: string): boolean {
  return (
    path === "" ||
    property === path ||
    (property.startsWith(path) && /^[.[]/.test(property.slice(path.length)))
  );
}

function toFailures(issue: z.core.$ZodIssue, raw: unknown, known: ReadonlySet<string>): InputFailure[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      property: pathText([...issue.path, key]),
      reason: `is not an input of this resource${nearest(key, known)}`,
    }));
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    raw,
  );
  const field = String(issue.path.at(-1));
  // Objects have no words of their own in the schemas.
  const message =
    issue.code === "invalid_type" && issue.expected === "object" ? "expected an object" : issue.message;
  const got =
    issue.code === "invalid_type"
      ? `got ${kindOf(value)}, `
      : issue.message.startsWith("expected") && !secretFields.has(field)
        ? `got ${shown(value)}, `
        : "";
  if (value === undefined && issue.code === "invalid_type")
    return [{ property: pathText(issue.path), reason: `is missing: ${message}` }];
  return [{ property: pathText(issue.path), reason: got + message }];
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value)
    ? "a list"
    : typeof value === "object"
      ? "an object"
      : `${typeof value === "string" ? "text" : typeof value}`;
}

function pathText(path: readonly PropertyKey[]): string {
  return (
    path
      .map((key, index) => (typeof key === "number" ? `[${key}]` : index ? member(String(key)) : String(key)))
      .join("") || "inputs"
  );
}

/** `.path`, or `["2.3.16"]` for what cannot stand after a dot. */
function member(key: string): string {
  return /^[\w-]+$/.test(key) && !/^\d/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** Every name in a schema, wherever it stands. */
function namesIn(type: unknown): string[] {
  const { shape, element, valueType, innerType } = (type as z.ZodType).def as Partial<
    Record<"element" | "valueType" | "innerType", unknown> & { shape: Record<string, unknown> }
  >;
  const fields = Object.entries(shape ?? {}).flatMap(([name, field]) => [name, ...namesIn(field)]);
  const inner = [element, valueType, innerType].filter((each) => each instanceof Object);
  return [...fields, ...inner.flatMap(namesIn)];
}

function nearest(key: string, known: ReadonlySet<string>): string {
  const plain = key.toLowerCase().replace(/[_-]/g, "");
  const [match] = [...known]
    .map((name) => ({ name, away: distance(plain, name.toLowerCase()) }))
    .filter(({ name, away }) => away <= Math.min(2, name.length / 3))
    .sort((a, b) => a.away - b.away);
  return match ? `; did you mean ${match.name}?` : "";
}

/** How many letters must be changed, added or left out to get from one word to another. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

function findUnknown(value: unknown, isUnknown: (value: unknown) => boolean, path = ""): string[] {
  if (isUnknown(value)) return [path];
  if (Array.isArray(value))
    return value.flatMap((each, index) => findUnknown(each, isUnknown, `${path}[${index}]`));
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, each]) =>
      findUnknown(each, isUnknown, path ? path + member(key) : key),
    );
  return [];
}
