import { sleepOn, type Clock } from "./simulation/clock";

/** setTimeout takes no more milliseconds than this. */
const LONGEST = 2 ** 31 - 1;

/** Real time, run faster: one real second is `scale` simulated ones. Nodes still show the real time of day. */
export class ScaledClock implements Clock {
  readonly #start = Date.now();
  readonly #origin = performance.now();
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopped = false;

  constructor(readonly scale: number) {
    if (!(scale > 0)) throw new RangeError(`the time scale must be above 0, not ${scale}`);
  }

  now(): number {
    return this.#start + (performance.now() - this.#origin) * this.scale;
  }

  /** What happened since the start took real time; what was before it keeps its distance from the start. */
  wall(at: number): number {
    const since = at - this.#start;
    return this.#start + (since > 0 ? since / this.scale : since);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  setTimer(ms: number, fn: () => void): () => void {
    const due = this.now() + ms;
    let timer: NodeJS.Timeout;
    const arm = () => {
      if (this.#stopped) return;
      timer = setTimeout(fire, Math.min(LONGEST, Math.ceil((due - this.now()) / this.scale)));
      this.#timers.add(timer);
    };
    const fire = () => {
      this.#timers.delete(timer);
      // setTimeout can be a moment early: whoever then asked the clock would find that nothing is due yet.
      if (this.now() < due) arm();
      else fn();
    };
    arm();
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  /** Nothing happens any more: all timers are taken back. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
