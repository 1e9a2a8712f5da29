import { sleepOn, type Clock } from "./clock";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fn: () => void;
  cancelled: boolean;
}

/** How many idle rounds of the event loop, then of 5 ms, count as a deadlock: real IO may be under way. */
const IDLE_ROUNDS = 20;
const IDLE_WAITS = 20;

const earlier = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.order < b.order);

/**
 * Simulated time that passes only when everybody waits: `run` lets all promises settle, then jumps to the
 * earliest timer. Deterministic as long as what it drives uses no real timers and no real IO.
 */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  /** A binary heap, the earliest timer first. */
  #heap: Timer[] = [];

  /** @param start milliseconds since the epoch */
  constructor(start = Date.UTC(2024, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  setTimer(ms: number, fn: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, fn, cancelled: false };
    this.#push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  /**
   * Drives the clock until the promise settles, and gives its outcome.
   * @throws Error when the promise waits for something that no timer brings about
   */
  async run<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    for (let idle = 0; ;) {
      await eventLoopRound();
      if (settled) return promise;
      if (this.#fireEarliest(Infinity)) idle = 0;
      else if (++idle > IDLE_ROUNDS + IDLE_WAITS)
        throw new Error("deadlock in virtual time: the promise is pending and no timer is left");
      else if (idle > IDLE_ROUNDS) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Lets `ms` milliseconds pass, with all timers that fall due. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    do await eventLoopRound();
    while (this.#fireEarliest(end));
    this.#now = end;
  }

  #fireEarliest(end: number): boolean {
    for (;;) {
      const timer = this.#heap[0];
      if (!timer || timer.at > end) return false;
      this.#pop();
      if (timer.cancelled) continue;
      this.#now = Math.max(this.#now, timer.at);
      timer.fn();
      return true;
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!earlier(timer, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child++;
      if (!earlier(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

/** One round of the event loop: all promises that can go on have gone on. */
function eventLoopRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
