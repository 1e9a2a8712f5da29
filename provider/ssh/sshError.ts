import type { Hop, Target } from "./settings";

/**
 * What went wrong, as far as a caller has to tell apart:
 * - `hostKeyUnknown`, `hostKeyChanged`, `hostKeyRevoked`: the server was refused before anything secret was sent;
 * - `otherMachine`: another machine answers than the one that was reached first; nothing was run there;
 * - `badHostKey`, `badKey`: `hostKey` or `privateKey` cannot be read;
 * - `authentication`: the server refused the login; never tried again;
 * - `unreachable`: no connection, or it was lost before the command started;
 * - `handshake`: something answered, but no common language was found (not SSH, no common algorithm);
 * - `refused`: the server let us in but not run the command;
 * - `sudo`: root was not reached, the command did not start;
 * - `upload`: the file is not on the node;
 * - `aborted`: the caller's signal.
 */
export type SshErrorKind =
  | "hostKeyUnknown"
  | "hostKeyChanged"
  | "hostKeyRevoked"
  | "otherMachine"
  | "badHostKey"
  | "badKey"
  | "authentication"
  | "unreachable"
  | "handshake"
  | "refused"
  | "sudo"
  | "upload"
  | "aborted";

/** The one error of this layer. Its message names the server, what happened and the way out; never a secret. */
export class SshError extends Error {
  override readonly name = "SshError";

  constructor(
    readonly kind: SshErrorKind,
    /** Which server: the node, or the bastion before it. */
    readonly hop: Hop,
    /** `host:port` of that server. */
    readonly address: string,
    what: string,
    /** A later attempt may succeed without anyone changing anything. */
    readonly transient: boolean = false,
  ) {
    super(`${hop} ${address}: ${what}`);
  }
}

/** An `SshError` about `target`. */
export function sshError(target: Target, kind: SshErrorKind, what: string, transient = false): SshError {
  return new SshError(kind, target.hop, target.address, what, transient);
}
