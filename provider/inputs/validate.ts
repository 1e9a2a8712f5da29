import type { z } from "zod";
import { type ClusterInputs, clusterInputs } from "./schema";

/** One thing wrong with the inputs. */
export interface InputFailure {
  /** For example `nodes[1].host`. */
  readonly property: string;
  readonly reason: string;
}

/** Fields whose values never stand in a message. */
const secretFields = new Set(["password", "privateKey", "privateKeyPassword", "sudoPassword"]);

/**
 * Checks the program's inputs. Values that are not known yet (`isUnknown`) are neither right nor wrong: their
 * failures are left out, and `inputs` is null as long as there are any.
 */
export function validate(
  raw: Record<string, unknown>,
  isUnknown: (value: unknown) => boolean,
): { inputs: ClusterInputs | null; failures: InputFailure[]; unknown: string[] } {
  const unknown = findUnknown(raw, isUnknown);
  const result = clusterInputs.safeParse(raw);
  if (result.success && unknown.length === 0) return { inputs: result.data, failures: [], unknown };
  const issues = result.success ? [] : result.error.issues;
  const failures = issues
    .flatMap((issue) => toFailures(issue, raw))
    .filter(
      ({ property }) => !unknown.some((path) => property.startsWith(path) || path.startsWith(`${property}.`)),
    );
  return { inputs: null, failures, unknown };
}

function toFailures(issue: z.core.$ZodIssue, raw: unknown): InputFailure[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      property: pathText([...issue.path, key]),
      reason: `is not an input of this resource${nearest(key)}`,
    }));
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    raw,
  );
  const field = String(issue.path.at(-1));
  const got = issue.code === "invalid_type" && !secretFields.has(field) ? `got ${kindOf(value)}, ` : "";
  if (value === undefined && issue.code === "invalid_type")
    return [{ property: pathText(issue.path), reason: `is missing: ${issue.message}` }];
  return [{ property: pathText(issue.path), reason: got + issue.message }];
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
      .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index ? "." : ""}${String(key)}`))
      .join("") || "inputs"
  );
}

const known = [
  "version",
  "nodes",
  "connection",
  "packageFile",
  "takeOverFailover",
  "timeouts",
  "host",
  "name",
  "port",
  "user",
  "password",
  "privateKey",
  "privateKeyPassword",
  "agentSocketPath",
  "hostKey",
  "knownHosts",
  "insecureIgnoreHostKey",
  "proxy",
  "sudo",
  "sudoPassword",
  "dialErrorLimit",
  "perDialTimeout",
];

function nearest(key: string): string {
  const match = known.find((name) => name.toLowerCase() === key.toLowerCase().replace(/[_-]/g, ""));
  return match ? `; did you mean ${match}?` : "";
}

function findUnknown(value: unknown, isUnknown: (value: unknown) => boolean, path = ""): string[] {
  if (isUnknown(value)) return [path];
  if (Array.isArray(value))
    return value.flatMap((each, index) => findUnknown(each, isUnknown, `${path}[${index}]`));
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, each]) =>
      findUnknown(each, isUnknown, path ? `${path}.${key}` : key),
    );
  return [];
}
