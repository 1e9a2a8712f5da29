// What begins a sequence that a terminal acts on (ECMA-48), in its 7-bit and its C1 form.
const stringStart = String.raw`(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])`;
const csiStart = String.raw`(?:\x1b\[|\x9b)[0-?]*[ -/]*`;
const otherStart = String.raw`\x1b[ -/]*`;

const sequences = new RegExp(
  [
    String.raw`${stringStart}(?:[^\n\r\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c))?`,
    String.raw`${csiStart}[@-~]?`,
    String.raw`${otherStart}[0-~]?`,
  ].join("|"),
  "g",
);
// Each of them, and those below, looks at a character a few times at most, whatever came: a node may send megabytes.
const lineEnds = /(?<!\r)\r+\n|[\r\v\f\x85\u2028\u2029]/g;
const alreadyPlain = /^[\t\n -~]*$/;
const invisible = /(?![\t\n])[\p{Cc}\p{Cf}]/gu;

/**
 * Text that a machine sent, made fit to be parsed and shown: what a terminal would act on is gone, and no line is hidden.
 *
 * - Control sequences. OSC, DCS and the other string sequences go with what is in them up to their terminator in the same
 *   line; one that does not end there must not hide what follows, so only its beginning goes.
 * - CRLF becomes a line end, and so does what moves a terminal to the beginning of a line or to another one: the CR of a
 *   progress line, VT, FF, NEL, and Unicode's separators.
 * - Other control characters but tab go, and Unicode's format characters: those that turn the direction of text, or that
 *   have no width.
 */
export function plainText(raw: string): string {
  if (alreadyPlain.test(raw)) return raw;
  return raw.replace(lineEnds, "\n").replace(sequences, "").replace(invisible, "");
}

/** Longest beginning of a sequence that is waited for, in characters: a link (OSC 8) may hold a whole URL. */
const longestTail = 4096;
/** A sequence that the next piece may end, a CR that its LF may follow. */
const unfinished = new RegExp(
  String.raw`(?:${stringStart}[^\n\r\x07\x1b\x80-\x9f]*\x1b?|${csiStart}|${otherStart}|(?<!\r)\r+)$`,
);

/** The same for text that comes in pieces. */
export class PlainTextStream {
  #tail = "";

  /** @returns what is certain by now. */
  add(piece: string): string {
    const text = this.#tail + piece;
    const near = Math.max(0, text.length - longestTail);
    const at = unfinished.exec(text.slice(near))?.index;
    const cut = at === undefined ? text.length : near + at;
    this.#tail = text.slice(cut);
    return plainText(text.slice(0, cut));
  }

  /** @returns what was held back. */
  end(): string {
    const tail = this.#tail;
    this.#tail = "";
    return plainText(tail);
  }
}
