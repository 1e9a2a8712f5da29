/**
 * KiB by which a backend's data must change within a limit to be progress: a database or an index that is copied at any
 * speed at which it would ever end writes more than that in some minutes, logs and a cluster at rest write less.
 */
const least = 64 * 1024;

/** Whether a backend's data grow, or are cleared away: then waiting for it is not in vain, however large they are. */
export class DataProgress {
  readonly #first: number | null;
  #mark: number | null;

  /** @param used KiB in use where its data lie; null where that could not be read */
  constructor(used: number | null) {
    this.#first = this.#mark = used;
  }

  /** Whether enough has changed since the last time that it had. */
  made(used: number | null): boolean {
    if (used === null || this.#mark === null || Math.abs(used - this.#mark) < least) return false;
    this.#mark = used;
    return true;
  }

  get hasMoved(): boolean {
    return this.#mark !== this.#first;
  }

  /** For people: what has been written so far. */
  text(node: string): string {
    const gib = (this.#mark! - this.#first!) / 1024 / 1024;
    return `${gib.toFixed(1)} GiB copied to ${node} so far; waiting goes on while data arrive (timeouts.resync)`;
  }
}
