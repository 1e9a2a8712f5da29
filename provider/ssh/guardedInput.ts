import { Readable } from "node:stream";
import type { ExecOptions } from "./execResult";
import { LOGIN_SHELL_LIMIT } from "./loginShell";

type Input = NonNullable<ExecOptions["stdin"]>;

/**
 * Standard input that is not sent before the login shell has let our own command through: another shell, started by
 * its startup files, would take a password, or the bytes of a package, for commands.
 */
export class GuardedInput {
  /** `undefined` where nothing is to be sent: the end comes at once. */
  readonly stream: Readable | undefined;
  /** The limit has passed, and the end was sent in place of the input. */
  gaveUp = false;
  #settle: (open: boolean) => void = () => {};
  readonly #opened = new Promise<boolean>((resolve) => (this.#settle = resolve));

  /** @param parts one after another */
  constructor(private readonly parts: readonly Input[]) {
    if (parts.length > 0) this.stream = Readable.from(this.#send());
  }

  /** Our command has begun. */
  open(): void {
    this.#settle(true);
  }

  /** The command has ended: nothing is read any more. */
  close(): void {
    for (const part of this.parts) if (part instanceof Readable) part.destroy();
    this.#settle(false);
  }

  async *#send(): AsyncGenerator<Buffer> {
    const timer = setTimeout(() => {
      this.gaveUp = true;
      this.#settle(false);
    }, LOGIN_SHELL_LIMIT);
    const opened = await this.#opened;
    clearTimeout(timer);
    if (!opened) return;
    for (const part of this.parts)
      if (typeof part === "string" || Buffer.isBuffer(part)) yield Buffer.from(part);
      else yield* part as AsyncIterable<Buffer>;
  }
}
