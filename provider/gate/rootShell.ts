/** What one remote command gave; never thrown for. */
export interface ShellResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status; null when there was none. */
  readonly code: number | null;
  readonly signal: string | null;
  /** The connection closed without an exit status: the outcome is not known. */
  readonly lost: boolean;
  readonly timedOut: boolean;
  readonly aborted: boolean;
}

export interface ShellOptions {
  readonly signal?: AbortSignal;
  readonly onStdout?: (chunk: Buffer) => void;
  /** Milliseconds. */
  readonly timeoutMs?: number;
}

/** A root shell on a node: what the gate needs of the SSH layer. */
export interface RootShell {
  /** Runs a script with /bin/sh as root, its standard input empty. @throws SshError when it did not start. */
  execAsRoot(script: string, options?: ShellOptions): Promise<ShellResult>;
  /** Copies a local file to a root-only place on the node, verified; an already right file is not sent again. */
  upload(
    localPath: string,
    remotePath: string,
    options: { sha256: string; signal?: AbortSignal; onProgress?: (sent: number, total: number) => void },
  ): Promise<unknown>;
  close(): void | Promise<void>;
}
