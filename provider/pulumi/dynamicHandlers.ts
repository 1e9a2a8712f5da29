import { PartialFailureError } from "../handlers/partialFailure";
import type { Refreshed } from "../handlers/refreshed";
import type { Turn } from "../handlers/turn";
import type { CheckOutcome, HandlerContext } from "../handlers/types";
import type { InputFailure } from "../inputs/validate";
import { pick } from "../values/pick";
import { handlerContext } from "./handlerContext";
import { marked } from "./marked";
import { unsealed } from "./unsealed";

/** What the engine puts in place of a value that is not known in preview. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const isUnknown = (value: unknown) => value === unknownValue;

/**
 * What the front itself has among the properties: the provider's text, the resource's URN, for live status lines, and what was
 * sealed. Handlers never see it. Earlier versions called the URN `displayUrn`.
 */
const ofFront = ["__provider", "__urn", "__sealed", "displayUrn"];

export interface Front {
  readonly __provider?: unknown;
  readonly __urn?: unknown;
}

function own<T extends object>(properties: T): T {
  return pick(properties as Record<string, unknown>, (name) => !ofFront.includes(name)) as T;
}

/** The engine replaces the whole state by what it gets: without the provider's text none could read it. */
function withFront<T extends object>(properties: T, { __provider, __urn }: Front): T {
  return { ...properties, __provider, ...(__urn === undefined ? {} : { __urn }) };
}

async function within<T>(
  { __urn: urn }: Front,
  run: (context: ReturnType<typeof handlerContext>) => Promise<T>,
): Promise<T> {
  const context = handlerContext(typeof urn === "string" && !isUnknown(urn) ? urn : undefined);
  try {
    return await run(context);
  } finally {
    await context.done();
  }
}

function failWithFront(inputs: Front): (error: unknown) => never {
  return (error) => {
    if (error instanceof PartialFailureError) Object.assign(error.properties, withFront({}, inputs));
    throw error;
  };
}

/** The engine prints the value of a property that it is given, also of one that is secret: the reason names it instead. */
const translate = ({ property, reason }: InputFailure): InputFailure => ({
  property: "",
  reason: `${property}: ${reason}`,
});

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
  read(properties: P, context: HandlerContext): Promise<Refreshed<P>>;
  /** Says what is forgotten. Never fails. */
  forget(properties: P, context: HandlerContext): Promise<void>;
}

/** A resource's handlers for Pulumi's dynamic provider: translates, nothing more. */
export function dynamicHandlers<I extends object, P extends I>(resource: Handlers<I, P>) {
  /** No machine is needed for that. Earlier versions kept no URN: their states are written anew as a whole, and a failed update's. */
  const isOnlyRenamed = (olds: Partial<P> & Front & Turn, news: I & Front) =>
    typeof olds.__urn === "string" &&
    olds.__urn !== news.__urn &&
    olds.__failed !== true &&
    !resource.diff(own(olds), own(news)).changes;

  return {
    check: (olds: Partial<P> & Front, news: Record<string, unknown>) =>
      within(news, async (context) => {
        const clear = unsealed(news, olds, isUnknown);
        const { inputs, failures } =
          clear.length > 0
            ? { inputs: own(news), failures: clear }
            : await resource.check(own(olds), own(news), isUnknown, context);
        return {
          inputs: withFront(inputs, news),
          failures: failures.map(translate),
        };
      }),

    /** A resource that is called otherwise is written anew: a refresh and a destroy report under the URN of the state. */
    diff: async (_id: string, olds: Partial<P> & Front, news: I & Front) => ({
      changes: resource.diff(own(olds), own(news)).changes || olds.__urn !== news.__urn,
    }),

    create: (inputs: I & Front) =>
      within(inputs, async (context) => {
        const created = resource.upgrade(null, {}, own(inputs), context);
        const { id, properties } = await created.catch(failWithFront(inputs));
        return { id, outs: withFront(properties, inputs) };
      }),

    update: (id: string, olds: Partial<P> & Front, news: I & Front) =>
      within(news, async (context) => {
        if (isOnlyRenamed(olds, news)) {
          context.report({ type: "note", text: "Only the Pulumi state is written, with the new name" });
          return { outs: withFront(own(olds) as P, news) };
        }
        const updated = resource.upgrade(id, own(olds), own(news), context);
        return { outs: withFront((await updated.catch(failWithFront(news))).properties, news) };
      }),

    read: (id: string, state: P & Front) =>
      within(state, async (context) => {
        const { properties, inputs } = await resource.read(own(state), context);
        return { id, props: withFront(properties, state), inputs: withFront(marked(inputs), state) };
      }),

    delete: (_id: string, state: P & Front) =>
      within(state, (context) => resource.forget(own(state), context)),
  };
}
