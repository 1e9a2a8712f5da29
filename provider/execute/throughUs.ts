import { PassThrough, type Readable, type Writable } from "node:stream";
import type { Clock } from "../machine/clock";

/**
 * Passes a stream from one machine to another through us: in pieces, and never onto our disk.
 * @param seconds after which it is broken off
 * @throws what failed first, on either side: what the other one says then is a consequence.
 */
export async function throughUs<T>(
  what: string,
  send: (to: Writable) => Promise<void>,
  receive: (from: Readable) => Promise<T>,
  seconds: number,
  clock: Clock,
): Promise<T> {
  const pipe = new PassThrough();
  const ended = new AbortController();
  let cause: Error | undefined;
  const fail = (error: Error): void => {
    cause ??= error;
    pipe.destroy(error);
  };
  pipe.once("error", fail);
  const late = clock.sleep(seconds * 1000, ended.signal).then(
    () => fail(new Error(`${what} took longer than ${seconds} s`)),
    () => undefined,
  );
  const [, received] = await Promise.all([send(pipe).catch(fail), receive(pipe).catch(fail)]);
  ended.abort();
  await late;
  if (cause) throw cause;
  return received as T;
}
