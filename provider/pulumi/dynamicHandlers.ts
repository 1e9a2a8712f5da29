import type { CheckOutcome } from "../handlers/check";
import { PartialFailureError } from "../handlers/partialFailure";
import type { HandlerContext } from "../handlers/types";
import type { InputFailure } from "../inputs/validate";
import { handlerContext } from "./handlerContext";
import { unsealed } from "./unsealed";

/** What the engine puts in place of a value that is not known in preview. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const isUnknown = (value: unknown) => value === unknownValue;

/** A dynamic provider's properties carry the provider's own text, and what was sealed: no handler looks at them. */
function own<T extends object>(properties: T): T {
  const {
    __provider: _text,
    __sealed: _digests,
    ...rest
  } = properties as T & {
    __provider?: unknown;
    __sealed?: unknown;
  };
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

/**
 * What a resource does.
 * @typeParam I its inputs, as `check` returns them. @typeParam P its properties: inputs and outputs.
 */
export interface Handlers<I extends object, P extends I> {
  check(
    olds: Partial<P>,
    news: Record<string, unknown>,
    isUnknown: (value: unknown) => boolean,
    context: HandlerContext,
  ): Promise<CheckOutcome>;
  diff(olds: Partial<P>, news: I): { readonly changes: boolean };
  /** Creates where `id` is null. @throws PartialFailureError after something was done, else a plain error. */
  upgrade(
    id: string | null,
    olds: Partial<P>,
    inputs: I,
    context: HandlerContext,
  ): Promise<{ id: string; properties: P }>;
  read(properties: P, context: HandlerContext): Promise<P>;
}

type WithUrn = { readonly displayUrn?: string };

/** A resource's handlers for Pulumi's dynamic provider: translates, nothing more. */
export function dynamicHandlers<I extends WithUrn, P extends I>(resource: Handlers<I, P>) {
  return {
    check: (olds: Partial<P>, news: Record<string, unknown>) =>
      within(news.displayUrn, async (context) => {
        const clear = unsealed(news, olds, isUnknown);
        const { inputs, failures } =
          clear.length > 0
            ? { inputs: news, failures: clear }
            : await resource.check(own(olds), own(news), isUnknown, context);
        return { inputs, failures: failures.map((failure) => translate(failure, news)) };
      }),

    diff: async (_id: string, olds: Partial<P>, news: I) => resource.diff(own(olds), own(news)),

    create: (inputs: I) =>
      within(inputs.displayUrn, async (context) => {
        const created = resource.upgrade(null, {}, own(inputs), context);
        const { id, properties } = await created.catch(withProvider(inputs));
        return { id, outs: properties };
      }),

    update: (id: string, olds: Partial<P>, news: I) =>
      within(news.displayUrn, async (context) => {
        const updated = resource.upgrade(id, own(olds), own(news), context);
        return { outs: (await updated.catch(withProvider(news))).properties };
      }),

    read: (id: string, properties: P) =>
      within(properties.displayUrn, async (context) => ({
        id,
        props: await resource.read(own(properties), context),
      })),
  };
}
