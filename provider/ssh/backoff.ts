/** Waits `ms`; rejects with the signal's reason as soon as it is aborted. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/** Milliseconds to wait after the n-th failure (from 1): 250 × 2ⁿ⁻¹, at most 10 s (as Strimzi backs off). */
export function backoff(failures: number): number {
  return Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
}
