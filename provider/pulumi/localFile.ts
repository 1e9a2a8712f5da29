import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { LocalFile } from "../inputs/packageSource";

/** Looks at a file to be uploaded. @throws Error when it is missing, not a file, or empty. */
export async function localFile(path: string): Promise<LocalFile> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${path}: ${error.code === "ENOENT" ? "there is no such file" : error.message}`);
  });
  if (!found.isFile()) throw new Error(`${path}: is not a file`);
  if (found.size === 0) throw new Error(`${path}: the file is empty`);
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return { sha256: hash.digest("hex"), sizeKiB: Math.ceil(found.size / 1024) };
}
