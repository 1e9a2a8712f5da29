/** Seconds without output after which a job counts as silent. */
const silence = 60;
/** A last line without one says nothing by itself. */
const word = /\p{L}{2}/u;

/**
 * What a job that is waited for has said last. Nobody can answer it: it has no terminal, and its standard input is empty.
 * One that asks all the same, and goes on without an answer, is recognized by its last line and its silence.
 */
export class JobVoice {
  #line = "";
  /** The line before it: a prompt may stand below its question. */
  #before = "";
  #ended = true;
  #at: number;

  /** @param now seconds of our clock */
  constructor(now: number) {
    this.#at = now;
  }

  hear(text: string, now: number): void {
    this.#at = now;
    const lines = text.split("\n");
    const [first, ...rest] = lines;
    const open = (this.#ended ? "" : this.#line) + first!;
    const said = [open, ...rest].filter((line) => line.trim() !== "");
    if (said.length > 1) this.#before = said.at(-2)!;
    else if (said.length === 1 && this.#ended) this.#before = this.#line;
    if (said.length > 0) this.#line = said.at(-1)!;
    this.#ended = lines.at(-1)!.trim() === "" && (lines.length > 1 || this.#ended);
  }

  /** For people: its last line, and whether it is silent since. */
  text(now: number): string {
    if (this.#line === "") return "it has printed nothing yet";
    const last = this.#line.trim();
    const line = `"${(!word.test(last) ? `${this.#before.trim()} ${last}` : last).slice(0, 160)}"`;
    if (now - this.#at < silence) return `it last printed ${line}`;
    return this.asks ? `it seems to wait for an answer to ${line}` : `silent since ${line}`;
  }

  /** Its last line is a question: it ends as a prompt does, in the middle of a line, or names its answers. */
  get asks(): boolean {
    const prompt = !this.#ended && /[?:>\])]\s*$/.test(this.#line);
    return prompt || /\by(es)?\s*(\/|or)\s*n(o)?\b|\[yN\]|\[Yn\]|password.*:\s*$/i.test(this.#line);
  }
}
