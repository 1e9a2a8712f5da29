import { check } from "../handlers/check";
import { diff } from "../handlers/diff";
import { read } from "../handlers/read";
import type { InputFailure } from "../inputs/validate";
import type { CheckedInputs, ClusterProperties } from "../handlers/types";
import { PartialFailureError, upgrade } from "../handlers/upgrade";
import { handlerContext } from "./handlerContext";

/** What the engine puts in place of a value that is not known in preview. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const isUnknown = (value: unknown) => value === unknownValue;

/** A dynamic provider's properties carry the provider's own text: not ours to look at. */
function own<T extends object>(properties: T): T {
  const { __provider: _text, ...rest } = properties as T & { __provider?: unknown };
  return rest as T;
}

async function within<T>(
  urn: unknown,
  run: (context: ReturnType<typeof handlerContext>) => Promise<T>,
): Promise<T> {
  const context = handlerContext(typeof urn === "string" && !isUnknown(urn) ? urn : undefined);
  try {
    return await run(context);
  } finally {
    await context.done();
  }
}

/** What the engine saves with an error replaces the whole state: without the provider's text none could read it. */
function withProvider(inputs: object): (error: unknown) => never {
  return (error) => {
    if (error instanceof PartialFailureError)
      Object.assign(error.properties, { __provider: (inputs as { __provider?: unknown }).__provider });
    throw error;
  };
}

/**
 * The engine prints the value of the property that it is given: fitting for a top-level text, a dump of the
 * whole object for anything else. Those are named in the reason instead.
 */
function translate(failure: InputFailure, inputs: Record<string, unknown>): InputFailure {
  const plain = typeof inputs[failure.property] === "string";
  return plain ? failure : { property: "", reason: `${failure.property}: ${failure.reason}` };
}

/** `ChefBackendCluster` for Pulumi's dynamic provider: translates, nothing more. */
export const chefBackendCluster = {
  check: (olds: Partial<CheckedInputs>, news: Record<string, unknown>) =>
    within(news.displayUrn, async (context) => {
      const outcome = await check(own(olds), own(news), isUnknown, context);
      return {
        inputs: outcome.inputs,
        failures: outcome.failures.map((failure) => translate(failure, news)),
      };
    }),

  diff: async (_id: string, olds: Partial<ClusterProperties>, news: CheckedInputs) =>
    diff(own(olds), own(news)),

  create: (inputs: CheckedInputs) =>
    within(inputs.displayUrn, async (context) => {
      const { id, properties } = await upgrade(null, {}, own(inputs), context).catch(withProvider(inputs));
      return { id, outs: properties };
    }),

  update: (id: string, olds: Partial<ClusterProperties>, news: CheckedInputs) =>
    within(news.displayUrn, async (context) => {
      const { properties } = await upgrade(id, own(olds), own(news), context).catch(withProvider(news));
      return { outs: properties };
    }),

  read: (id: string, properties: ClusterProperties) =>
    within(properties.displayUrn, async (context) => ({ id, props: await read(own(properties), context) })),
};
