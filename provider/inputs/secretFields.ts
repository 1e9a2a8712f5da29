/** Inputs whose values are secrets, wherever they stand: sealed by the constructors, and never in a message. */
export const secretFields: ReadonlySet<string> = new Set([
  "password",
  "privateKey",
  "privateKeyPassword",
  "sudoPassword",
]);
