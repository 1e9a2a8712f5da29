/** What needs no quotes in any POSIX shell; everything else gets them. */
const PLAIN = /^[A-Za-z0-9_\/:.,+@%-]+$/;

/**
 * One argument as a word of a POSIX shell command: byte-exact, nothing in it is expanded.
 * A leading `-` stays as it is: put `--` before arguments that come from outside.
 * @throws TypeError for a NUL byte, which no argument of a Unix program can carry, and for half of a surrogate
 * pair, which would arrive as another character.
 */
export function quote(arg: string): string {
  assertSendable(arg);
  // `'\''` leaves the quotes, adds an escaped one, enters them again: single quotes expand nothing at all.
  return PLAIN.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}

/** A whole command line from its arguments, each quoted as `quote` does. */
export function quoteAll(argv: readonly string[]): string {
  return argv.map(quote).join(" ");
}

/** @throws TypeError for what `quote` cannot send. */
export function assertSendable(arg: string): void {
  if (arg.includes("\0")) {
    throw new TypeError("a NUL byte cannot be part of a shell argument");
  }
  if (/\p{Cs}/u.test(arg)) {
    throw new TypeError("half of a surrogate pair cannot be part of a shell argument");
  }
}
