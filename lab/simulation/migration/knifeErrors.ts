import { diskOf } from "../nodeDisk";
import type { KnifeRun } from "./knife";

/** What went wrong with single objects: knife goes on, reports it at its end, and ends with 0 all the same. */
export class KnifeErrors {
  readonly #entries: object[] = [];

  constructor(
    readonly knife: KnifeRun,
    readonly folder: string,
    readonly name: "backup" | "restore",
  ) {}

  add(method: string, path: string): void {
    const timestamp = this.#now();
    this.#entries.push({
      ...{
        timestamp,
        message: '500 "Internal Server Error"',
        backtrace: [],
        exception: "Net::HTTPFatalError",
      },
      ...{ req_path: `/${path.replace(/\.json$/, "")}`, req_method: method },
    });
  }

  /** The gem's report, where there is something to report. */
  async tell(): Promise<void> {
    const { run, options } = this.knife;
    if (this.#entries.length === 0) return;
    const file = `${String(options["error-log-dir"] ?? this.folder)}/errors/${this.name}-${this.#now()}.json`;
    const text = this.#entries.map((entry) => JSON.stringify(entry, null, 2)).join("");
    await diskOf(run).write(run.path(file), text);
    run.say(`\nError Summary Report\n${text}\n\nError(s) Summary file located at: '${file}'`);
  }

  #now(): string {
    return new Date(this.knife.run.machine.wall()).toISOString().replace(/\.\d+Z$/, "+00:00");
  }
}
