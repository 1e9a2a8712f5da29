import type { z } from "zod";
import { changedInputs } from "./given";
import { type Turn, turnOf } from "./turn";

/**
 * Whether an update has anything to do: something happens to a machine, or an input differs. The latter may do nothing but write the
 * state, by which the next `refresh` and `destroy` log in. On refresh Pulumi asks this of the fresh outputs and of the inputs as they
 * were. Nothing ever replaces.
 */
export const diffBy =
  (schema: z.ZodObject) =>
  (olds: Turn, news: Turn): { changes: boolean } => ({
    changes:
      olds.__quiet !== turnOf(news) &&
      (turnOf(olds) !== turnOf(news) || changedInputs(schema, olds, news).length > 0),
  });
