import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { pick } from "../values/pick";
import { refreshedTurn, type Turn } from "./turn";

type Named = Readonly<Record<string, unknown>>;

/** What a refresh writes into the state. */
export interface Refreshed<P> {
  readonly properties: P;
  /** The inputs of the state, with the expansion of today. */
  readonly inputs: object;
}

/**
 * Compares what the machines say with what the state said, and counts where it is something else.
 * @param added the names of what `check` adds to the inputs
 * @param isLeft whether something is left to be done. It stays known while a machine cannot be reached; the plan in the state's
 * inputs is that of an update which may have been done.
 * @param comparable the outputs without what differs for no reason
 */
export function refreshed<P extends Turn>(
  schema: z.ZodObject,
  added: readonly string[],
  olds: P,
  fresh: P,
  isLeft: (fresh: P) => boolean,
  comparable: (outputs: Partial<P>) => object = (outputs) => outputs,
): Refreshed<P> {
  const isInput = (name: string) => name in schema.shape || added.includes(name);
  const isOutput = (name: string) => !isInput(name) && !name.startsWith("__");
  const outputs = (properties: P) => plain(comparable(pick(properties as Named, isOutput) as Partial<P>));
  const [was, is] = [outputs(olds), outputs(fresh)];
  // An output that an earlier version did not have yet is no drift.
  const drifted = Object.keys(was).some((name) => !isDeepStrictEqual(was[name], is[name]));
  const { __failed, __quiet, __left, ...rest } = fresh;
  const left = isLeft(fresh) ? { __left: true } : {};
  const properties = { ...rest, ...left, ...refreshedTurn(olds, drifted) } as P;
  return { properties, inputs: pick(properties as Named, isInput) };
}

/** As Pulumi keeps it: what is null or undefined may be missing. */
function plain(value: object): Record<string, unknown> {
  const text = JSON.stringify(value, (_name, each: unknown) => each ?? undefined);
  return JSON.parse(text) as Record<string, unknown>;
}
