import type { ExecResult } from "./execResult";
import { scrub } from "./scrub";
import type { ConnectionSettings, Target } from "./settings";
import { sshError, type SshError } from "./sshError";

/** Milliseconds that a login shell may take to come to our command, before its input ends instead. */
export const LOGIN_SHELL_LIMIT = 60_000;

/**
 * The login shell, or what the server runs in its place, has ended without beginning our command: nothing was run.
 * Where it mixes the streams, the command was run, but cannot be told apart: a run's first one, which only reads.
 */
export function loginShellEnded(
  target: Target,
  settings: ConnectionSettings,
  result: ExecResult,
  marker: string,
): SshError {
  // `bash -x` would show the marker with a sign in front.
  if (new RegExp(`^${marker}\\r?$`, "m").test(result.stdout)) {
    return sshError(
      target,
      "refused",
      "what a command prints to standard error arrives on standard output: check ForceCommand and the login shell",
    );
  }
  const said = scrub(`${result.stdout}\n${result.stderr}`, settings);
  const how = result.signal ? `was ended by ${result.signal}` : `ended with status ${result.code}`;
  return sshError(
    target,
    "refused",
    `the login shell of user ${target.user} ${how} before the command began, and printed ` +
      `${said ? `"${said}"` : "nothing"}: its startup files (.bashrc, .zshenv, .cshrc, config.fish) must not exit ` +
      `or start another program where there is no terminal; check ForceCommand, too`,
  );
}

/** It came to our command only when its input had been ended. */
export function loginShellSlow(target: Target): SshError {
  return sshError(
    target,
    "refused",
    `the login shell of user ${target.user} took more than ${LOGIN_SHELL_LIMIT / 1000} s to begin the command: ` +
      "its startup files must not read standard input, or wait",
  );
}
