import { inspect } from "node:util";

/** What stands wherever a secret would have been printed. */
export const REDACTED = "[secret]";

/**
 * A value that prints as `[secret]` wherever it lands: template strings, `JSON.stringify`, `util.inspect`,
 * `console.log`, error messages. Only `reveal` gives the value, and only the SSH layer calls it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value in clear. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
