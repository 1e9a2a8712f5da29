/** Bytes of what came before the script that are kept for a message: the last ones, where the reason stands. */
const KEPT = 64 * 1024;

/**
 * Watches standard error for the words of a script's command line (`rootCommand`) and takes them out: the line `login`
 * (the login shell has come to our command; only with sudo), the line `marker` (the script begins), and
 * ` marker STATUS` (it has ended with that status). What comes between the last two is the script's own and passes.
 */
export class ScriptProof {
  /** The login shell has let our command through. */
  reached = false;
  #held: Buffer = Buffer.alloc(0);
  #ended: number | undefined;
  readonly #awaited: string[];
  readonly #end: Buffer;

  constructor(
    marks: { readonly login: string | undefined; readonly marker: string },
    private readonly pass: (chunk: Buffer) => void,
    /** Told of the first of these lines, `login` or `marker`: our command has begun. */
    private readonly onReached: () => void = () => {},
  ) {
    this.#awaited = [marks.login ?? [], marks.marker].flat();
    this.#end = Buffer.from(` ${marks.marker} `);
  }

  get begun(): boolean {
    return this.#awaited.length === 0;
  }

  /** The script's own exit status; `undefined` while it has not said one. */
  get ended(): number | undefined {
    return this.#ended;
  }

  add(chunk: Buffer): void {
    this.#held = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    while (!this.begun) {
      const line = Buffer.from(`${this.#awaited[0]}\n`);
      const at = this.#held.indexOf(line);
      if (at < 0) return void (this.#held = this.#held.subarray(-KEPT));
      this.#held = this.#held.subarray(at + line.length);
      this.#awaited.shift();
      if (!this.reached) this.onReached();
      this.reached = true;
    }
    this.#passOn();
  }

  /** What is held back: before the script began, what was printed instead; after the last chunk, the script's last bytes. */
  held(): Buffer {
    return this.#held;
  }

  #passOn(): void {
    const at = this.#ended === undefined ? this.#held.indexOf(this.#end) : -1;
    const line =
      at < 0
        ? null
        : /^(\d+)\n/.exec(this.#held.toString("latin1", at + this.#end.length, at + this.#end.length + 4));
    if (line) this.#ended = Number(line[1]);
    const from = at < 0 ? this.#held.length - this.#startOfEnd() : at;
    const passed = this.#held.subarray(0, from);
    this.#held = this.#held.subarray(line ? at + this.#end.length + line[0].length : from);
    if (passed.length > 0) this.pass(passed);
    if (line && this.#held.length > 0) this.#passOn();
  }

  /** How many of the last bytes may be the beginning of the last line. */
  #startOfEnd(): number {
    if (this.#ended !== undefined) return 0;
    let length = Math.min(this.#held.length, this.#end.length);
    while (!this.#held.subarray(this.#held.length - length).equals(this.#end.subarray(0, length)))
      length -= 1;
    return length;
  }
}
