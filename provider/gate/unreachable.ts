import { UnreachableError } from "../machine/machine";
import { SshError } from "../ssh/sshError";

/** A node that cannot be reached for now, or never will be with these inputs: then its name is in the message. */
export function toUnreachable(error: unknown, node: string): unknown {
  if (!(error instanceof SshError) || error.kind === "aborted" || error.kind === "upload") return error;
  const fatal = error.kind !== "unreachable" && !error.transient;
  return new UnreachableError(fatal ? `${node}: ${error.message}` : error.message, fatal);
}
