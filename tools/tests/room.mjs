/** Where the tests write: on a full disk they would fail one after another, each in words of its own. */
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { root } from "../setup/paths.mjs";
import { SetupError } from "../setup/run.mjs";

const MiB = 2 ** 20;

/** @throws {SetupError} when a file system that the tests write to has too little room */
export async function ensureRoom(needed) {
  for (const folder of [tmpdir(), root]) {
    const { bavail, bsize } = await statfs(folder).catch((error) => {
      throw new SetupError(`the tests write to ${folder}, which cannot be looked at: ${error.message}`);
    });
    const free = Math.floor((bavail * bsize) / MiB);
    if (free < needed)
      throw new SetupError(
        `${folder} has ${free} MiB free, the tests need ${needed} MiB there: make room${folder === tmpdir() ? ", or set TMPDIR to another folder" : ""}`,
      );
  }
}
