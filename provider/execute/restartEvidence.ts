import type { NodeState } from "../cluster/state";

/** Services started within so many seconds of each other were started by one restart. */
const wave = 2;

/** One past reading, as far as a later one needs it. */
export interface PastReading {
  /** Our clock when it began, in seconds. */
  readonly at: number;
  readonly good: boolean;
}

/**
 * How many seconds must pass until a good reading certainly describes the time after a node's services were
 * restarted; 0 when it does already. leaderl's view of other nodes can be `statusInterval` old, so either the
 * reading was taken that long after the youngest service started, or a bad one came before it that cannot be
 * from an earlier restart: then the cluster has been seen going and coming back.
 * @param at our clock when the reading began, in seconds, and `ended` when it ended: ages are from in between.
 * @param fallback when the node names no service, or its services were not restarted at all though they should have
 * been (the leadership may have moved all the same): seconds of our clock at which the restart was over.
 */
export function secondsUntilCertain(
  node: NodeState,
  at: number,
  ended: number,
  past: readonly PastReading[],
  statusInterval: number,
  fallback: number,
): number {
  const ages = node.running.kind === "older" ? [] : node.services.map((service) => service.seconds);
  // An age is in whole seconds, rounded down: the latest possible start is the safe one.
  const youngest = ages.length > 0 ? Math.min(...ages) : at - fallback;
  const left = statusInterval - youngest;
  if (left <= 0) return 0;
  const latestStart = ended - youngest;
  const oneWave = ages.every((age) => age <= youngest + wave || age >= youngest + statusInterval);
  const seenGone = past.some((reading) => !reading.good && reading.at > latestStart);
  return oneWave && seenGone ? 0 : left;
}
