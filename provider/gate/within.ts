/**
 * The outcome of what may hang: when its time is over it is told to stop, and not waited for any longer. A connection that
 * is still being made, or a machine that does not let go of a channel, holds nobody up.
 * @param late what the outcome is then
 */
export async function within<T>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
  late: T,
  outer?: AbortSignal,
): Promise<T> {
  const over = new AbortController();
  const signal = outer ? AbortSignal.any([outer, over.signal]) : over.signal;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<T>((resolve) => {
    timer = setTimeout(() => {
      resolve(late);
      over.abort();
    }, milliseconds);
  });
  try {
    return await Promise.race([work(signal), limit]);
  } finally {
    clearTimeout(timer);
  }
}
