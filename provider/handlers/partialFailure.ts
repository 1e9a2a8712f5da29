/** Something was done before it failed: the state has to keep what is true now, and the next `up` goes on. */
export class PartialFailureError<P extends object = object> extends Error {
  override readonly name = "PartialFailureError";
  readonly reasons: string[];
  constructor(
    message: string,
    readonly id: string,
    readonly properties: P,
  ) {
    super(message);
    this.reasons = [message];
  }
}
