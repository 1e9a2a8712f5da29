/** Keeps the first `limit` bytes of a stream. */
export class OutputBuffer {
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #truncated = false;

  constructor(private readonly limit: number) {}

  add(chunk: Buffer): void {
    const room = this.limit - this.#size;
    if (chunk.length > room) this.#truncated = true;
    if (room <= 0) return;
    const kept = chunk.subarray(0, room);
    this.#chunks.push(kept);
    this.#size += kept.length;
  }

  get truncated(): boolean {
    return this.#truncated;
  }

  text(): string {
    // Joined before decoding, since a character may be spread over two chunks.
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}
