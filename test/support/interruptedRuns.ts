import type { VirtualClock } from "../../lab/simulation/virtualClock";

/** How a run of the provider ends before its time, if it does. */
interface RunEnd {
  readonly ends: "kill" | "abort" | "never";
  /** Milliseconds after its beginning. */
  readonly after: number;
  /** Seconds until the next run. */
  readonly pause: number;
}

/** One run after another, each with a client of its own, that end as they were told. */
export class InterruptedRuns<C extends { kill(): void }> {
  readonly clients: readonly C[];
  readonly #controllers: readonly AbortController[];

  constructor(
    private readonly rig: { readonly clock: VirtualClock; client(signal: AbortSignal): C },
    private readonly runs: readonly RunEnd[],
  ) {
    this.#controllers = runs.map(() => new AbortController());
    this.clients = this.#controllers.map(({ signal }) => rig.client(signal));
  }

  /**
   * @param ended is called with the result of each that was not killed
   * @returns what was thrown, which nothing should be
   */
  async take<R>(up: (client: C) => Promise<R>, ended: (result: R) => void = () => {}): Promise<string[]> {
    const thrown: string[] = [];
    const { clock } = this.rig;
    for (const [at, { ends, after, pause }] of this.runs.entries()) {
      const client = this.clients[at]!;
      if (ends === "kill") clock.setTimer(after, () => client.kill());
      if (ends === "abort") clock.setTimer(after, () => this.#controllers[at]!.abort());
      const result = await up(client).catch((error: Error) => {
        if (error.message !== "killed") thrown.push(`thrown: ${error.stack}`);
        return null;
      });
      if (result) ended(result);
      await clock.advance(pause * 1000);
    }
    return thrown;
  }
}

/** What is wrong with one more run where nothing is left to be done. */
export async function noOpProblems(
  rig: { commands(): readonly string[] },
  up: () => Promise<{ readonly failure: unknown; readonly touched: boolean }>,
): Promise<string[]> {
  const done = rig.commands().length;
  const { failure, touched } = await up();
  return failure || touched || rig.commands().length > done ? ["a second run is not a no-op"] : [];
}
