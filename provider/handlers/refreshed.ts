import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { nextTurn, type Turn } from "./turn";

/** What a refresh writes into the state. */
export interface Refreshed<P> {
  readonly properties: P;
  /** The inputs of the state, with the expansion of today. */
  readonly inputs: object;
}

/**
 * Compares what the machines say with what the state said, and counts where it is something else.
 * @param added the names of what `check` adds to the inputs
 * @param comparable the outputs without what differs for no reason
 */
export function refreshed<P extends Turn>(
  schema: z.ZodObject,
  added: readonly string[],
  olds: P,
  comparable: (properties: Partial<P>) => object = (properties) => properties,
) {
  const inputs = new Set([...Object.keys(schema.shape), ...added]);
  const pick = (properties: object, isInput: boolean) =>
    Object.fromEntries(Object.entries(properties).filter(([name]) => inputs.has(name) === isInput));
  return (fresh: P): Refreshed<P> => {
    const [was, is] = [olds, fresh].map((each) => plain(comparable(pick(each, false) as Partial<P>))) as [
      Record<string, unknown>,
      Record<string, unknown>,
    ];
    // An output that an earlier version did not have yet is no drift.
    const drifted = Object.keys(was).some((name) => !isDeepStrictEqual(was[name], is[name]));
    const turn = nextTurn(olds, drifted);
    return {
      inputs: { ...pick(fresh, true), ...turn },
      properties: { ...fresh, ...turn },
    };
  };
}

/** As Pulumi keeps it: what is null or undefined may be missing. */
function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value, (_name, each: unknown) => each ?? undefined));
}
