/** Watches a stream for a line; what came before it and the line itself are held back, the rest passes. */
export class MarkerFilter {
  #head: Buffer = Buffer.alloc(0);
  #seen = false;
  readonly #line: Buffer;

  constructor(
    marker: string,
    private readonly pass: (chunk: Buffer) => void,
    private readonly onSeen: () => void = () => {},
  ) {
    this.#line = Buffer.from(`${marker}\n`);
  }

  get seen(): boolean {
    return this.#seen;
  }

  add(chunk: Buffer): void {
    if (this.#seen) return this.pass(chunk);
    this.#head = Buffer.concat([this.#head, chunk]);
    const at = this.#head.indexOf(this.#line);
    if (at < 0) return;
    this.#seen = true;
    const rest = this.#head.subarray(at + this.#line.length);
    this.#head = Buffer.alloc(0);
    this.onSeen();
    if (rest.length > 0) this.pass(rest);
  }

  /** What was held back, while the line has not come. */
  head(): string {
    return this.#head.toString("utf8");
  }
}
