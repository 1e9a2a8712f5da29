import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Transform } from "node:stream";
import type { SshError } from "./sshError";

/** Bytes read from the file at a time. */
const CHUNK = 256 * 1024;

/**
 * Size of a local file in bytes.
 * @throws what `failed` makes of an unreadable file, of something else than a file, of another size than expected.
 */
export async function localSize(
  path: string,
  expected: number | undefined,
  failed: (what: string) => SshError,
) {
  const found = await stat(path).catch((error: Error) => {
    throw failed(`the local file cannot be read: ${error.message}`);
  });
  if (!found.isFile()) throw failed("the local path is not a file");
  if (expected !== undefined && found.size !== expected) {
    throw failed(`the local file has ${found.size} bytes, expected ${expected}`);
  }
  return found.size;
}

/** The file as a stream that counts; a read error is kept, since the node then sees no more than an early end. */
export function fileStream(
  path: string,
  total: number,
  onProgress: ((sent: number, total: number) => void) | undefined,
) {
  let sent = 0;
  let failure: Error | undefined;
  const file = createReadStream(path, { highWaterMark: CHUNK });
  const stream = new Transform({
    highWaterMark: CHUNK,
    transform(chunk: Buffer, _encoding, callback) {
      sent += chunk.length;
      onProgress?.(sent, total);
      callback(null, chunk);
    },
  });
  file.on("error", (error) => {
    failure = error;
    stream.destroy(error);
  });
  stream.on("close", () => file.destroy());
  file.pipe(stream);
  return { stream, error: () => failure };
}
