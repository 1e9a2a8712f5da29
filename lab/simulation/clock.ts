/** Time as the simulation knows it; the lab brings a scaled real clock, tests a virtual one. */
export interface Clock {
  /** Simulated time, milliseconds since the epoch. */
  now(): number;
  /**
   * The time of day (milliseconds since the epoch) at a moment of simulated time; the same where it is missing.
   * A scaled clock gives real time: whatever a node shows (dates, uptimes, ages) agrees with a client's clock.
   */
  wall?(at: number): number;
  /** Resolves after `ms` simulated milliseconds; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once after `ms` simulated milliseconds; the result takes it back. */
  setTimer(ms: number, fn: () => void): () => void;
}

/** `sleep` for a clock that has `setTimer`. */
export function sleepOn(clock: Pick<Clock, "setTimer">, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = () => {
      cancel();
      reject(signal!.reason as Error);
    };
    const cancel = clock.setTimer(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
