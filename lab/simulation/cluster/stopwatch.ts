/** Adds up the time during which something was so. Times in milliseconds of one clock. */
export class Stopwatch {
  #since: number | null = null;
  #total = 0;

  /** From now on it is so, or is not. */
  set(on: boolean, now: number): void {
    if (on) this.#since ??= now;
    else if (this.#since !== null) {
      this.#total += now - this.#since;
      this.#since = null;
    }
  }

  seconds(now: number): number {
    return (this.#total + (this.#since === null ? 0 : now - this.#since)) / 1000;
  }
}
