import { request } from "node:https";
import type { Machine } from "./machine";

/** How long a frontend may take for its answer, and how long the client waits before it asks again, in milliseconds. */
const patienceMs = 2000;
const pauseMs = 50;

/** Asks every frontend's API all the time, as Chef's clients do, until it is told to stop. */
export class Asker {
  readonly #rounds: (readonly (number | null)[])[] = [];
  #stopping = false;
  readonly #done: Promise<void>;

  constructor(private readonly frontends: readonly Machine[]) {
    this.#done = this.#ask();
  }

  /** What came back since this was called last: for each round the HTTP status of each frontend, null where none came. */
  lap(): (readonly (number | null)[])[] {
    return this.#rounds.splice(0);
  }

  async stop(): Promise<(readonly (number | null)[])[]> {
    this.#stopping = true;
    await this.#done;
    return this.lap();
  }

  async #ask(): Promise<void> {
    while (!this.#stopping) {
      this.#rounds.push(await Promise.all(this.frontends.map(({ ip }) => statusOf(ip))));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

function statusOf(host: string): Promise<number | null> {
  return new Promise((resolve) => {
    const asked = request(
      {
        ...{
          host,
          path: "/server_api_version",
          rejectUnauthorized: false,
          timeout: patienceMs,
          agent: false,
        },
        headers: { "X-Chef-Version": "18.0.0", "X-Ops-Userid": "pivotal" },
      },
      (answer) => {
        answer.resume();
        answer.on("error", () => resolve(null));
        answer.on("end", () => resolve(answer.statusCode!));
      },
    );
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(null));
    asked.end();
  });
}
