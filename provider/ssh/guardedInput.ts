import { Readable } from "node:stream";
import type { ExecOptions } from "./execResult";
import { LOGIN_SHELL_LIMIT } from "./loginShell";

/** A part of standard input, and the mark that has to come before it is sent. */
export interface GuardedPart {
  readonly after: string;
  readonly data: NonNullable<ExecOptions["stdin"]>;
}

/**
 * Standard input that is not sent before the program that it is meant for has said that it is there: a login shell
 * whose startup files run another shell would take a password, or the bytes of a package, for commands.
 */
export class GuardedInput {
  /** `undefined` where nothing is to be sent: the end comes at once. */
  readonly stream: Readable | undefined;
  /** The limit has passed: what was left was not sent. */
  gaveUp = false;
  #over = false;
  #timer: NodeJS.Timeout | undefined;
  #wake = () => {};
  readonly #seen = new Set<string>();

  constructor(private readonly parts: readonly GuardedPart[]) {
    if (parts.length > 0) this.stream = Readable.from(this.#send());
  }

  /** The mark has come. */
  open(mark: string): void {
    // Behind the login shell stands sudo, which may wait for a second factor.
    clearTimeout(this.#timer);
    this.#seen.add(mark);
    this.#wake();
  }

  /** The command has ended: nothing is read any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#over = true;
    for (const { data } of this.parts) if (data instanceof Readable) data.destroy();
    this.#wake();
  }

  async *#send(): AsyncGenerator<Buffer> {
    this.#timer = setTimeout(() => {
      this.gaveUp = true;
      this.close();
    }, LOGIN_SHELL_LIMIT);
    for (const { after, data } of this.parts) {
      while (!this.#seen.has(after) && !this.#over) await new Promise<void>((wake) => (this.#wake = wake));
      if (this.#over) return;
      if (typeof data === "string" || Buffer.isBuffer(data)) yield Buffer.from(data);
      else yield* data as AsyncIterable<Buffer>;
    }
  }
}
