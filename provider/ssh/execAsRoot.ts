import type { ExecOptions, ExecResult } from "./execResult";
import { GuardedInput } from "./guardedInput";
import { loginShellEnded, loginShellSlow } from "./loginShell";
import { OutputBuffer } from "./outputBuffer";
import { ScriptProof } from "./scriptProof";
import type { ConnectionSettings, Target } from "./settings";
import { rootCommand, sudoFailure } from "./sudo";

/** What runs a command line: an open connection, or one that opens itself when needed. */
export type Exec = (command: string, options: ExecOptions) => Promise<ExecResult>;

/**
 * Runs a POSIX sh script as root (see `rootCommand`), or with `sudo: false` as the user who logged in. The result is the
 * script's own: its status is the one that it said itself, and what startup files and sudo printed to standard error
 * before it is left out. A status that came without the script's word is none: that is a result with `lost`.
 * @throws SshError `sudo` if root was not reached, `refused` if the login shell did not come to the script.
 */
export async function execAsRoot(
  exec: Exec,
  target: Target,
  settings: ConnectionSettings,
  script: string,
  options: ExecOptions = {},
): Promise<ExecResult> {
  const { stdin } = options;
  const root = rootCommand(target, settings, script, stdin !== undefined);
  const input = new GuardedInput([root.password ?? [], stdin ?? []].flat());
  const kept = new OutputBuffer(options.maxOutputBytes ?? Infinity);
  const keep = (chunk: Buffer) => {
    kept.add(chunk);
    options.onStderr?.(chunk);
  };
  const proof = new ScriptProof(root, keep, () => input.open());
  const result = await exec(root.command, {
    ...options,
    stdin: input.stream,
    onStderr: (chunk) => proof.add(chunk),
  });
  input.close();

  const exited = result.code !== null || result.signal !== null;
  if (!proof.begun && exited) {
    if (!proof.reached) throw loginShellEnded(target, settings, result, root.marker);
    if (input.gaveUp) throw loginShellSlow(target);
    throw sudoFailure(target, settings, { ...result, stderr: proof.held().toString() });
  }
  if (proof.held().length > 0) keep(proof.held());
  const own = { ...result, stderr: kept.text() };
  // Input that was not waited for any longer did not arrive.
  if (input.gaveUp && stdin !== undefined) return { ...own, code: null, signal: null, lost: true };
  if (proof.ended !== undefined && exited) return { ...own, code: proof.ended, signal: null };
  // Killed, or an exit status that is not the script's.
  return result.code === null ? own : { ...own, code: null, lost: true };
}
