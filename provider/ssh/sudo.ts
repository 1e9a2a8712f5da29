import { randomBytes } from "node:crypto";
import { quote } from "../shell/quote";
import type { ExecResult } from "./execResult";
import { scrub, withoutSecrets } from "./scrub";
import type { ConnectionSettings, Target } from "./settings";
import { sshError, type SshError } from "./sshError";

/** Linux's MAX_ARG_STRLEN, in bytes: the whole command line is one argument of the user's shell. */
const LONGEST = 131_072;

/** A command line that becomes root, and how to see that it did. */
export interface RootCommand {
  readonly command: string;
  /** The password line for sudo, if it gets one; the script's own input goes behind it. */
  readonly stdin: string | undefined;
  /** The line that root writes to standard error before the script; `undefined` where no sudo is involved. */
  readonly marker: string | undefined;
}

/**
 * How a POSIX sh script runs as root. Directly, or with sudo: without a password `sudo -n`, which asks nobody;
 * with one `sudo -S -k`, the password being the first and only line on standard input, never an argument.
 * The script then reads /dev/null: where sudo asks for no password (NOPASSWD) the line reaches no program.
 * There is only that one line, so a wrong password is tried once: sudo's second question meets the end. With input for
 * the script, that begins behind a line with the marker, and whatever sudo has left before it is skipped: the
 * password must be known to be right then.
 * @throws SshError `sudo` for a password that has no single line, TypeError for a NUL in the script, and for one
 * that no shell would be given: its server could only say that it does not start.
 */
export function rootCommand(
  target: Target,
  settings: ConnectionSettings,
  script: string,
  hasInput = false,
): RootCommand {
  const root = commandOf(target, settings, script, hasInput);
  if (Buffer.byteLength(root.command) >= LONGEST)
    throw new TypeError("the script is longer than an argument of a program may be, 128 KiB");
  return root;
}

function commandOf(
  target: Target,
  settings: ConnectionSettings,
  script: string,
  hasInput: boolean,
): RootCommand {
  if (settings.sudo !== true) {
    return { command: `sh -c ${quote(script)}`, stdin: undefined, marker: undefined };
  }
  // Root's own word that it is root: sudo's messages can be translated, reworded or imitated by the script.
  const marker = `root-${randomBytes(12).toString("hex")}`;
  const password = settings.sudoPassword?.reveal();
  if (password === undefined) {
    const asRoot = quote(`echo ${marker} >&2\n${script}`);
    return { command: `env LC_ALL=C sudo -n -- sh -c ${asRoot}`, stdin: undefined, marker };
  }
  if (/[\n\r\0]/.test(password)) {
    throw sshError(target, "sudo", "sudoPassword holds a line end or a NUL, which sudo cannot read");
  }
  // `read` takes no byte more than its line from a pipe.
  const input = hasInput
    ? `while IFS= read -r line && [ "$line" != ${marker} ]; do :; done`
    : "exec </dev/null";
  const asRoot = quote(`${input}\necho ${marker} >&2\n${script}`);
  const stdin = hasInput ? `${password}\n${marker}\n` : `${password}\n`;
  return { command: `env LC_ALL=C sudo -S -k -p '' -- sh -c ${asRoot}`, stdin, marker };
}

/**
 * The reasons that sudo gives with LC_ALL=C (measured with 1.9.13), and the way out of each. In this order:
 * "not allowed" quotes the whole script, in which any of the other words may stand.
 */
const REASONS: readonly (readonly [RegExp, string, string])[] = [
  [
    /not in the sudoers|may not run sudo|not allowed to (execute|run)/,
    "the user is not allowed to become root",
    "allow it in sudoers, or log in as root with sudo: false",
  ],
  [/must have a tty/, "sudo wants a terminal (requiretty in sudoers)", "switch requiretty off for this user"],
  [
    /incorrect password|Sorry, try again/,
    "sudoPassword is wrong",
    "correct it; it is not tried again, since some systems lock accounts",
  ],
  [
    /a password is required|a terminal is required to read the password|no password was provided|no askpass program/,
    "sudo asks for a password",
    "set sudoPassword, or allow the user NOPASSWD in sudoers",
  ],
  [/account validation failure|has expired/, "sudo refuses the account", "renew the account there"],
  [
    // By the shell, or by env: sudo itself says "No such file" of its own files.
    /\bsudo\W{0,3}: (command )?not found|^(?:\S*\/)?env: \W?sudo\W{1,3} ?No such file/m,
    "sudo is not installed there",
    "log in as root, or install sudo",
  ],
];

/** Why root was not reached: the script did not start. */
export function sudoFailure(target: Target, settings: ConnectionSettings, result: ExecResult): SshError {
  // All of it: a lecture may come before the reason.
  const said = withoutSecrets(result.stderr, settings);
  const [, what, way] = REASONS.find(([pattern]) => pattern.test(said)) ?? [
    undefined,
    `sudo ended with status ${result.code ?? result.signal}`,
    `check sudo and sudoPassword. It said: ${scrub(result.stderr, settings) || "nothing"}`,
  ];
  return sshError(target, "sudo", `${what} (user ${target.user}): ${way}`);
}
