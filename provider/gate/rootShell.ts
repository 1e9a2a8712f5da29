import type { ExecOptions, ExecResult } from "../ssh/execResult";
import type { NodeConnection } from "../ssh/nodeConnection";

export type ShellOptions = Pick<
  ExecOptions,
  "signal" | "onStdout" | "timeoutMs" | "stdin" | "stdout" | "maxOutputBytes"
>;
export type ShellResult = Omit<ExecResult, "durationMs">;

/** A root shell on a node: what the gate needs of a connection. */
export interface RootShell extends Pick<NodeConnection, "upload" | "close" | "address" | "otherMachine"> {
  /** Runs a script with /bin/sh as root, its standard input empty unless some is given. @throws SshError when it did not start. */
  execAsRoot(script: string, options?: ShellOptions): Promise<ShellResult>;
}
