import { randomBytes } from "node:crypto";
import { scriptWords } from "../shell/scriptWords";
import type { ExecResult } from "./execResult";
import { scrub, withoutSecrets } from "./scrub";
import type { ConnectionSettings, Target } from "./settings";
import { sshError, type SshError } from "./sshError";

/** Linux's MAX_ARG_STRLEN, in bytes: the whole command line is one argument of the user's shell. */
const LONGEST = 131_072;

/** A command line that runs a script as root, and how to see that it did. */
export interface RootCommand {
  readonly command: string;
  /** The password line for sudo, if it gets one: for standard input, once `login` has come. */
  readonly password: string | undefined;
  /** Printed to standard error by our own line before it becomes sudo; `undefined` where no sudo is involved. */
  readonly login: string | undefined;
  /** Printed there by root's shell before the script, and with its exit status after it. */
  readonly marker: string;
}

/**
 * How a POSIX sh script runs as root, whatever the login shell is (see `scriptWords`). Directly, or with sudo: without
 * a password `sudo -n`, which asks nobody; with one `sudo -S -k`, the password being the first and only line on
 * standard input, never an argument. The script then reads /dev/null: where sudo asks for no password (NOPASSWD) the
 * line reaches no program. There is only that one line, so a wrong password is tried once: sudo's second question meets
 * the end. With input for the script, that begins behind a line with the marker, and whatever sudo has left before
 * it is skipped: the password must be known to be right then.
 *
 * Each shell on the way says so itself, since an exit status does not: a login shell whose startup files run `exit` or
 * become another program ends with 0, and sudo's messages can be translated, reworded or imitated.
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
  const marker = `root-${randomBytes(12).toString("hex")}`;
  // In a shell of its own, so that whatever ends the script, its status is said; without `!`, for csh.
  const run =
    `script=$(printf %b "$@"); set --; echo ${marker} >&2; (eval "$script"); code=$?; ` +
    `echo "" ${marker} $code >&2; exit $code`;
  const shell = (before: string) => `sh -c '${before}${run}' sh ${scriptWords(script)}`;
  if (settings.sudo !== true) {
    return { command: shell(""), password: undefined, login: undefined, marker };
  }
  const login = `login-${randomBytes(12).toString("hex")}`;
  const sudo = `sh -c 'echo ${login} >&2; LC_ALL=C; export LC_ALL; exec sudo "$@"' sh`;
  // The library that sudo loads for NOEXEC has this name; sudo_noexec.so lets builtins through, but no program.
  const noexec = `case "$LD_PRELOAD" in *noexec*) env true || { echo ${marker} noexec >&2; exit 126; };; esac; `;
  const password = settings.sudoPassword?.reveal();
  if (password === undefined) {
    return { command: `${sudo} -n -- ${shell(noexec)}`, password, login, marker };
  }
  if (/[\n\r\0]/.test(password)) {
    throw sshError(target, "sudo", "sudoPassword holds a line end or a NUL, which sudo cannot read");
  }
  // `read` takes no byte more than its line from a pipe.
  const input = hasInput
    ? `while IFS= read -r line; do case $line in ${marker}) break;; esac; done; `
    : "exec </dev/null; ";
  const lines = hasInput ? `${password}\n${marker}\n` : `${password}\n`;
  return { command: `${sudo} -S -k -p "" -- ${shell(input + noexec)}`, password: lines, login, marker };
}

/**
 * The reasons that sudo gives with LC_ALL=C (measured with 1.9.13), and the way out of each. In this order:
 * "not allowed" quotes the whole script, in which any of the other words may stand.
 */
const REASONS: readonly (readonly [RegExp, string, string])[] = [
  [
    /^root-\w+ noexec$/m,
    "sudo lets root's shell run no other program (NOEXEC in sudoers)",
    "give this user's rule the tag EXEC, or take `noexec` out of its Defaults",
  ],
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
    // By the shell: sudo itself says "No such file" of its own files.
    /\bsudo\W{0,3}: (command )?not found/,
    "sudo is not installed there",
    "log in as root, or install sudo",
  ],
];

/**
 * Why root was not reached: the script did not start. What is none of these reasons may pass by itself, such as a machine
 * that has no memory for one more process.
 */
export function sudoFailure(target: Target, settings: ConnectionSettings, result: ExecResult): SshError {
  // All of it: a lecture may come before the reason.
  const said = withoutSecrets(result.stderr, settings);
  const known = REASONS.find(([pattern]) => pattern.test(said));
  const [, what, way] = known ?? [
    undefined,
    `sudo ended with status ${result.code ?? result.signal}`,
    `check sudo and sudoPassword. It said: ${scrub(result.stderr, settings) || "nothing"}`,
  ];
  return sshError(target, "sudo", `${what} (user ${target.user}): ${way}`, known === undefined);
}
