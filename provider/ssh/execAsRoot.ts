import { Readable } from "node:stream";
import type { ExecOptions, ExecResult } from "./execResult";
import { MarkerFilter } from "./markerFilter";
import { OutputBuffer } from "./outputBuffer";
import type { ConnectionSettings, Target } from "./settings";
import { rootCommand, sudoFailure } from "./sudo";

/** What runs a command line: an open connection, or one that opens itself when needed. */
export type Exec = (command: string, options: ExecOptions) => Promise<ExecResult>;

/**
 * Runs a POSIX sh script as root (see `rootCommand`). The result is the script's; what sudo itself printed
 * before is left out of it.
 * @throws SshError `sudo` if root was not reached.
 */
export async function execAsRoot(
  exec: Exec,
  target: Target,
  settings: ConnectionSettings,
  script: string,
  options: ExecOptions = {},
): Promise<ExecResult> {
  const hasInput = options.stdin !== undefined;
  const { command, stdin, marker } = rootCommand(target, settings, script, hasInput);
  if (marker === undefined) return exec(command, options);

  const kept = new OutputBuffer(options.maxOutputBytes ?? Infinity);
  const filter = new MarkerFilter(marker, (chunk) => {
    kept.add(chunk);
    options.onStderr?.(chunk);
  });
  const result = await exec(command, {
    ...options,
    stdin:
      stdin !== undefined && hasInput ? oneAfterAnother(stdin, options.stdin!) : (stdin ?? options.stdin),
    onStderr: (chunk) => filter.add(chunk),
  });
  if (filter.seen) return { ...result, stderr: kept.text() };
  // An exit status without root's word: sudo, or the shell that looked for it, gave up.
  if (result.code !== null || result.signal !== null) throw sudoFailure(target, settings, result);
  return { ...result, stderr: filter.head() };
}

function oneAfterAnother(head: string, rest: NonNullable<ExecOptions["stdin"]>): Readable {
  return Readable.from(
    (async function* () {
      yield Buffer.from(head);
      if (typeof rest === "string" || Buffer.isBuffer(rest)) yield Buffer.from(rest);
      else yield* rest;
    })(),
  );
}
