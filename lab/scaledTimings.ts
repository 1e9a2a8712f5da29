import { defaultTimings, type Timings } from "./simulation/timings";

/**
 * How long things take in a lab that is `scale` times as fast as real machines. Only what happens is faster:
 * clocks, uptimes and ages on the nodes are real seconds, as whoever reads them expects.
 */
export function scaledTimings(scale: number, timings: Partial<Timings> = {}): Timings {
  if (!(scale > 0)) throw new RangeError(`the time scale must be above 0, not ${scale}`);
  const whole = { ...defaultTimings, leaderTtl: 30, ...timings };
  return Object.fromEntries(
    Object.entries(whole).map(([name, seconds]) => [name, seconds === null ? null : seconds / scale]),
  ) as unknown as Timings;
}
