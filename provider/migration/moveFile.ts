import { throughUs } from "../execute/throughUs";
import type { Clock } from "../machine/clock";
import type { Machine } from "../machine/machine";
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
export async function moveFile(
  { from, path, to, name, timeout }: Move,
  run: string,
  clock: Clock,
): Promise<Archive> {
  const sent = await digest(from, path);
  if (sent === null) throw new Error(`${from.name}: ${path} cannot be read`);
  const { stateDir } = await to.read([]);
  const there = `${stateDir}/files/${name}`;
  const { sha256, bytes } = sent;
  if ((await digest(to, there))?.sha256 === sha256) return { node: to.name, path: there, sha256, bytes };
  const received = await throughUs(
    `${from.name}: moving ${path} to ${to.name}`,
    (stream) => from.sendFile(path, stream),
    (stream) => to.receiveFile(run, { name, sha256 }, stream),
    timeout,
    clock,
  );
  return { node: to.name, path: received, sha256, bytes };
}

async function digest(machine: Machine, path: string): Promise<{ sha256: string; bytes: number } | null> {
  const { facts } = await machine.read([
    { name: "sum", argv: ["sha256sum", path], slow: true, limit: 7200 },
    { name: "size", argv: ["stat", "-c", "%s", path] },
  ]);
  const sha256 = /^\\?([0-9a-f]{64})\b/.exec(facts.sum?.stdout ?? "")?.[1];
  const bytes = Number(facts.size?.stdout.trim());
  return sha256 === undefined || !Number.isFinite(bytes) ? null : { sha256, bytes };
}
