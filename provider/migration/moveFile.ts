import type { Writable } from "node:stream";
import { throughUs } from "../execute/throughUs";
import type { Clock } from "../machine/clock";
import type { Machine, ReceivedFile } from "../machine/machine";
import { spareKiB } from "../plan/refusals/disk";
import type { Archive } from "./record";

export interface Move {
  readonly from: Machine;
  readonly path: string;
  readonly to: Machine;
  /** What it is called among our own files there. */
  readonly name: string;
  /** Seconds. */
  readonly timeout: number;
}

/**
 * Moves a file from one machine to the other: through us, and never onto our disk. A file that lies there rightly is
 * not sent again.
 * @throws Error when it cannot be read, does not arrive as it was, or not in time.
 */
export async function moveFile(move: Move, run: string, clock: Clock): Promise<Archive> {
  const { from, path, name } = move;
  const sha256 = await sumOf(from, path);
  if (sha256 === null) throw new Error(`${from.name}: ${path} cannot be read`);
  return arrive(move, { name, sha256 }, (stream) => from.sendFile(path, stream), run, clock);
}

/**
 * The same with a folder, which is packed on its way: no archive lies on the machine that it comes from.
 * @param sha256 of the archive, as it was packed before
 * @throws NotTheSameError when the folder has changed since.
 */
export function movePacked(move: Move, sha256: string, run: string, clock: Clock): Promise<Archive> {
  const { from, path, name } = move;
  return arrive(move, { name, sha256, spareKiB }, (stream) => from.sendPacked(path, stream), run, clock);
}

async function arrive(
  { from, path, to, timeout }: Move,
  file: ReceivedFile,
  send: (stream: Writable) => Promise<void>,
  run: string,
  clock: Clock,
): Promise<Archive> {
  const { stateDir } = await to.read([]);
  const there = `${stateDir}/files/${file.name}`;
  if ((await sumOf(to, there)) !== file.sha256)
    await throughUs(
      `${from.name}: moving ${path} to ${to.name}`,
      send,
      (stream) => to.receiveFile(run, file, stream),
      timeout,
      clock,
    );
  const { facts } = await to.read([{ name: "size", argv: ["stat", "-c", "%s", there] }]);
  return { node: to.name, path: there, sha256: file.sha256, bytes: Number(facts.size!.stdout) };
}

async function sumOf(machine: Machine, path: string): Promise<string | null> {
  const { facts } = await machine.read([{ name: "sum", argv: ["sha256sum", path], slow: true, limit: 7200 }]);
  return sumIn(facts.sum!.stdout);
}

/** What `sha256sum` has printed; null where that is no checksum. */
export const sumIn = (text: string): string | null => /^\\?([0-9a-f]{64})\b/m.exec(text)?.[1] ?? null;
