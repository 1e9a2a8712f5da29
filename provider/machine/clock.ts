/** Time as the core knows it: tests bring their own. */
export interface Clock {
  /** Milliseconds; only differences count. It may stand still while the machine is suspended. */
  now(): number;
  /** The time of day, in milliseconds: it goes on meanwhile, and may be corrected. Default: `now`. */
  timeOfDay?(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock: monotonic, so that a corrected wall clock ends no wait. */
export const realClock: Clock = {
  now: () => performance.now(),
  timeOfDay: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal!.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, ms);
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
};

/** A moment by both of a clock's times. */
export interface Moment {
  readonly now: number;
  readonly timeOfDay: number;
}

export function momentOf(clock: Clock): Moment {
  const now = clock.now();
  return { now, timeOfDay: clock.timeOfDay?.() ?? now };
}

/** Milliseconds since then, at least: who was suspended meanwhile, or had its clock corrected, has waited for long. */
export function sinceThen(clock: Clock, then: Moment): number {
  const { now, timeOfDay } = momentOf(clock);
  return Math.max(now - then.now, Math.abs(timeOfDay - then.timeOfDay));
}
