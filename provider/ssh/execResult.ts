import type { Readable, Writable } from "node:stream";

export interface ExecOptions {
  /** What the command reads. Without it standard input is at its end from the start. */
  readonly stdin?: string | Buffer | Readable;
  readonly signal?: AbortSignal;
  /** Milliseconds until we stop waiting, the opening of the channel included. Default: no limit. */
  readonly timeoutMs?: number;
  readonly onStdout?: (chunk: Buffer) => void;
  /** Takes standard output in place of the result, no faster than it can. It is not ended. */
  readonly stdout?: Writable;
  readonly onStderr?: (chunk: Buffer) => void;
  /** Bytes kept of each stream; the rest is read and dropped. Default 16 MiB. */
  readonly maxOutputBytes?: number;
}

/**
 * What became of a command: one shape for success and failure. Only `code === 0` is success. With `lost`,
 * `timedOut` or `aborted` the outcome is unknown: the command may have run, and may still run.
 */
export interface ExecResult {
  /** Decoded as UTF-8. */
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status; `null` if the command was killed, or if no status came. */
  readonly code: number | null;
  /** The signal that killed the command, e.g. `SIGKILL`. */
  readonly signal: string | null;
  /** The connection or the channel ended without an exit status, or with one that is not the script's. */
  readonly lost: boolean;
  readonly timedOut: boolean;
  readonly aborted: boolean;
  /** Some output went over maxOutputBytes and was dropped. */
  readonly truncated: boolean;
  readonly durationMs: number;
}

/** Whether the command ran to its end and said so itself. */
export function isSuccess(result: ExecResult): boolean {
  return result.code === 0;
}

/** The result of a command that was cancelled before anything was asked of the server. */
export const ABORTED_BEFORE_START: ExecResult = {
  stdout: "",
  stderr: "",
  code: null,
  signal: null,
  lost: false,
  timedOut: false,
  aborted: true,
  truncated: false,
  durationMs: 0,
};
