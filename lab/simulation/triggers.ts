import type { Clock } from "./clock";
import type { HistoryEntry } from "./types";

/** Something that shall happen when a command starts. */
export interface TriggerSpec {
  readonly node: string;
  /** The beginning of the command's words: `["chef-backend-ctl", "upgrade"]`. */
  readonly prefix: readonly string[];
  readonly action: () => void;
  /** Simulated seconds after the start. */
  readonly afterSeconds: number;
}

export interface Trigger {
  fired: boolean;
  cancel(): void;
}

/** Waits for commands; each trigger fires once. */
export class Triggers {
  readonly #waiting = new Map<TriggerSpec, Trigger>();

  constructor(readonly around: { clock: Clock }) {}

  add(spec: TriggerSpec): Trigger {
    const trigger = { fired: false, cancel: () => void this.#waiting.delete(spec) };
    this.#waiting.set(spec, trigger);
    return trigger;
  }

  started(entry: HistoryEntry): void {
    for (const [spec, trigger] of [...this.#waiting]) {
      if (entry.node !== spec.node || !spec.prefix.every((word, at) => entry.argv[at] === word)) continue;
      this.#waiting.delete(spec);
      trigger.fired = true;
      this.around.clock.setTimer(spec.afterSeconds * 1000, spec.action);
    }
  }
}
