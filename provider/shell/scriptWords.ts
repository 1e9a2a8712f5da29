import { assertSendable } from "./quote";

/** Characters of a script in one word: written out at most 5000 bytes. bsd-csh takes no word of 8191 ("Word too long"). */
const PIECE = /[^]{1,1000}/gu;

/** What some shell reads even inside single quotes, as `printf %b` writes it. */
const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "!": "\\0041",
  "'": "\\0047",
  "\\": "\\0134",
};

/**
 * A script as words on one line that every login shell takes alike; `printf %b` of them all is the script again.
 * Inside single quotes, which keep everything from a POSIX shell, csh and tcsh still expand `!` and stop at a line
 * end, and fish takes `\\` and `\'` for one character: so none of these is there. The rest stays readable, for
 * sudo's log and for a list of processes. Tried with dash, bash, zsh, fish, tcsh and bsd-csh.
 * @throws TypeError as `quote`.
 */
export function scriptWords(script: string): string {
  assertSendable(script);
  return (script.match(PIECE) ?? [])
    .map((piece) => `'${piece.replace(/[\n!'\\]/g, (one) => ESCAPES[one]!)}'`)
    .join(" ");
}
