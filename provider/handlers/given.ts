import type { z } from "zod";
import { isDeepStrictEqual } from "node:util";
import { pick } from "../values/pick";

/** What the program gave, out of inputs or properties. */
export function givenOf<S extends z.ZodObject>(schema: S, properties: object): z.infer<S> {
  return pick(properties as Record<string, unknown>, (name) => name in schema.shape) as z.infer<S>;
}

/** Names of the inputs that are not what they were. */
export function changedInputs(schema: z.ZodObject, olds: object, news: object): string[] {
  const [was, is] = [givenOf(schema, olds), givenOf(schema, news)];
  return Object.keys(schema.shape).filter((name) => !isDeepStrictEqual(was[name], is[name]));
}

/**
 * The inputs without what `check` has added to them. (`ignoreChanges: ["*"]` makes Pulumi give all of the old ones back.) Anything
 * else stays: it is misspelt.
 */
export function withoutAdded(
  raw: Record<string, unknown>,
  added: readonly string[],
): Record<string, unknown> {
  return pick(raw, (name) => !added.includes(name));
}
