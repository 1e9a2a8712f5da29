import { connect, type ConnectOptions } from "./connect";
import { ABORTED_BEFORE_START, type ExecOptions, type ExecResult } from "./execResult";
import { targetOf, type ConnectionSettings } from "./settings";
import type { SshConnection } from "./sshConnection";
import { SshError, sshError } from "./sshError";
import type { UploadOptions, UploadResult } from "./upload";

/**
 * The connection to one node: dialled at the first use, shared by everything that runs side by side, dialled
 * again when it is found dead. What may have started is never run again: that is a result with `lost`.
 * A refused login is remembered, and so is a refused sudo password: every later use that needs it fails with
 * the same error, without asking the server again.
 */
export class NodeConnection {
  readonly #settings: ConnectionSettings;
  readonly #options: ConnectOptions;
  readonly #closing = new AbortController();
  #dialling: Promise<SshConnection> | undefined;
  #open: SshConnection | undefined;
  #loginRefused: SshError | undefined;
  #sudoRefused: SshError | undefined;
  /** The sudo password's first use, which everything else waits for: uses side by side would each be counted. */
  #sudoTried: Promise<void> | undefined;

  /** Connects to nothing yet. */
  constructor(settings: ConnectionSettings, options: ConnectOptions = {}) {
    const { signal = this.#closing.signal } = options;
    this.#settings = settings;
    this.#options = { ...options, signal: AbortSignal.any([signal, this.#closing.signal]) };
  }

  /** There is a connection, and it was not yet found dead. */
  get isAlive(): boolean {
    return this.#open?.isAlive ?? false;
  }

  /** As `SshConnection.exec`; dials if needed, which timeoutMs does not count. @throws SshError of every kind that `connect` has. */
  exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    return this.#run(options.signal, (connection) => connection.exec(command, options));
  }

  /** As `SshConnection.execAsRoot`; dials if needed. */
  execAsRoot(script: string, options: ExecOptions = {}): Promise<ExecResult> {
    return this.#asRoot(() =>
      this.#run(options.signal, (connection) => connection.execAsRoot(script, options)),
    );
  }

  /** As `SshConnection.upload`; dials if needed. */
  upload(localPath: string, remotePath: string, options: UploadOptions): Promise<UploadResult> {
    return this.#asRoot(() => this.#use((connection) => connection.upload(localPath, remotePath, options)));
  }

  /** Ends the connection and a dial under way. Later uses are refused. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#dialling?.catch(() => undefined);
    await this.#open?.close();
  }

  /** A command's use: cancelled while others still wait for the same dial, it only stops waiting itself. */
  #run(
    signal: AbortSignal | undefined,
    action: (connection: SshConnection) => Promise<ExecResult>,
  ): Promise<ExecResult> {
    if (signal?.aborted) return Promise.resolve(ABORTED_BEFORE_START);
    return new Promise((resolve, reject) => {
      let started = false;
      const onAbort = () => !started && resolve(ABORTED_BEFORE_START);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#use((connection) => {
        if (signal?.aborted) return Promise.resolve(ABORTED_BEFORE_START);
        started = true;
        return action(connection);
      })
        .then(resolve, reject)
        .finally(() => signal?.removeEventListener("abort", onAbort));
    });
  }

  async #use<T>(action: (connection: SshConnection) => Promise<T>): Promise<T> {
    const connection = await this.#connected();
    try {
      return await action(connection);
    } catch (error) {
      // Only this says that nothing started, and that the connection is at fault: once more, on a new one.
      if (!(error instanceof SshError && error.kind === "unreachable")) throw error;
      return await action(await this.#connected());
    }
  }

  async #connected(): Promise<SshConnection> {
    if (this.#loginRefused) throw this.#loginRefused;
    if (this.#closing.signal.aborted) {
      throw sshError(targetOf(this.#settings, "node"), "aborted", "this connection was closed");
    }
    if (this.#open?.isAlive) return this.#open;
    // Shared by all that wait; after a failure the next use may dial again.
    this.#dialling ??= this.#dial().finally(() => (this.#dialling = undefined));
    return this.#dialling;
  }

  async #dial(): Promise<SshConnection> {
    await this.#open?.close();
    try {
      return (this.#open = await connect(this.#settings, this.#options));
    } catch (error) {
      if (error instanceof SshError && error.kind === "authentication") this.#loginRefused = error;
      throw error;
    }
  }

  async #asRoot<T>(work: () => Promise<T>): Promise<T> {
    const { sudo, sudoPassword } = this.#settings;
    if (sudo && sudoPassword !== undefined) await (this.#sudoTried ??= this.#trySudo());
    return this.#rememberingSudo(work);
  }

  async #trySudo(): Promise<void> {
    try {
      const tried = await this.#rememberingSudo(() =>
        this.#use((connection) => connection.execAsRoot("exit 0")),
      );
      if (tried.lost) this.#sudoTried = undefined;
    } catch (error) {
      // Not reached: the next use tries again. A refusal is remembered.
      if (!this.#sudoRefused) this.#sudoTried = undefined;
      throw error;
    }
  }

  async #rememberingSudo<T>(work: () => Promise<T>): Promise<T> {
    if (this.#sudoRefused) throw this.#sudoRefused;
    try {
      return await work();
    } catch (error) {
      // Without a password nothing was tried that a server counts.
      const counted = this.#settings.sudoPassword !== undefined;
      if (counted && error instanceof SshError && error.kind === "sudo") this.#sudoRefused = error;
      throw error;
    }
  }
}
