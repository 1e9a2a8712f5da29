import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { connect, type ConnectOptions } from "./connect";
import { type BoundServer, giveItsOwnAddress } from "./dial";
import { ABORTED_BEFORE_START, type ExecOptions, type ExecResult } from "./execResult";
import {
  type HostIdentity,
  identityCommand,
  identityText,
  isSameMachine,
  parseIdentity,
} from "./hostIdentity";
import { targetOf, type ConnectionSettings } from "./settings";
import type { SshConnection } from "./sshConnection";
import { SshError, sshError } from "./sshError";
import type { UploadOptions, UploadResult } from "./upload";

export interface NodeConnectionOptions extends Omit<ConnectOptions, "bound"> {
  /** Whether each further dial has to show that it reached the machine that the first one reached. Default false. */
  readonly identify?: boolean;
}

/** Milliseconds that a machine may take to say which one it is. */
const identityLimit = 30_000;
/** Milliseconds for the first use of a sudo password. */
const sudoLimit = 60_000;

/** Null where the connection was lost, or the machine cannot tell. */
async function identityOf(connection: SshConnection): Promise<HostIdentity | null> {
  const result = await connection
    .exec(identityCommand, { timeoutMs: identityLimit, maxOutputBytes: 65_536 })
    .catch(() => null);
  return result === null ? null : parseIdentity(result.stdout, Date.now());
}

/** A name that stands for several addresses of one family: which one is kept. */
async function sayAddress(
  { host, proxy }: ConnectionSettings,
  address: string | undefined,
  log: ConnectOptions["log"],
): Promise<void> {
  if (address === undefined || proxy || isIP(host)) return;
  const all = await lookup(host, { all: true, family: isIP(address) }).catch(() => []);
  const addresses = [...new Set(all.map((each) => each.address))];
  if (addresses.length > 1) log?.(`${host} stands for ${addresses.join(", ")}: this run keeps to ${address}`);
}

/**
 * The connection to one node: dialled at the first use, shared by everything that runs side by side, dialled
 * again when it is found dead. What may have started is never run again: that is a result with `lost`.
 * Each dial must reach the machine that the first one reached (`identify`): else nothing is run.
 * A refused login is remembered, and so is a refused sudo password: every later use that needs it fails with
 * the same error, without asking the server again.
 */
export class NodeConnection {
  readonly #settings: ConnectionSettings;
  readonly #options: NodeConnectionOptions;
  readonly #closing = new AbortController();
  #dialling: Promise<SshConnection> | undefined;
  #open: SshConnection | undefined;
  #loginRefused: SshError | undefined;
  #sudoRefused: SshError | undefined;
  /** The sudo password's first use, which everything else waits for: uses side by side would each be counted. */
  #sudoTried: Promise<void> | undefined;

  /** All dials of the last use failed: each further use dials once, until the machine answers. */
  #unreached = false;

  /** What the first dial found. */
  readonly #bound: BoundServer = {};
  /** Which machine that was; null where it could not tell. */
  #identity: Promise<HostIdentity | null> | undefined;

  /** Connects to nothing yet. */
  constructor(settings: ConnectionSettings, options: NodeConnectionOptions = {}) {
    const { signal = this.#closing.signal } = options;
    this.#settings = settings;
    this.#options = { ...options, signal: AbortSignal.any([signal, this.#closing.signal]) };
  }

  /** There is a connection, and it was not yet found dead. */
  get isAlive(): boolean {
    return this.#open?.isAlive ?? false;
  }

  /** The address that was reached; null behind a bastion that looked up a name, and before the first use. */
  get address(): string | null {
    const { host, proxy } = this.#settings;
    return this.#bound.address ?? (proxy && isIP(host) ? host : null);
  }

  /**
   * Reaches the server once more, beside the open connection.
   * @returns the machine that answered where it is another one, for people; null where it is the same, or cannot be told.
   */
  async otherMachine(): Promise<string | null> {
    const was = (await this.#identity) ?? null;
    if (was === null) return null;
    const connection = await connect(this.#settings, { ...this.#options, attempts: 1 });
    const is = await identityOf(connection);
    await connection.close();
    return is !== null && !isSameMachine(was, is) ? `${identityText(was)}, then ${identityText(is)}` : null;
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
      // Beside it, which takes no longer: nobody goes on before it is known which machine that was.
      const [result] = await Promise.all([action(connection), this.#identity]);
      return result;
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
    const attempts = this.#unreached ? 1 : this.#options.attempts;
    try {
      const connection = await connect(this.#settings, { ...this.#options, attempts, bound: this.#bound });
      this.#unreached = false;
      if (this.#options.identify) await this.#identify(connection);
      return (this.#open = connection);
    } catch (error) {
      if (error instanceof SshError && error.transient) this.#unreached = true;
      if (error instanceof SshError && error.kind === "authentication") this.#loginRefused = error;
      throw error;
    }
  }

  /** The first connection tells beside its first use; each later one before. */
  async #identify(connection: SshConnection): Promise<void> {
    if (this.#identity === undefined) {
      this.#identity = identityOf(connection).then((identity) => {
        // Lost before it could tell: the next one is the first.
        if (identity === null && !connection.isAlive) this.#identity = undefined;
        return identity;
      });
      void sayAddress(this.#settings, this.#bound.address, this.#options.log);
      return;
    }
    const [was, is] = await Promise.all([this.#identity, identityOf(connection)]);
    if (was === null) return;
    const target = targetOf(this.#settings, "node");
    if (is !== null && isSameMachine(was, is)) return void (this.#identity = Promise.resolve(is));
    await connection.close();
    throw is === null
      ? sshError(target, "unreachable", "the connection was lost before the machine was recognized", true)
      : sshError(
          target,
          "otherMachine",
          `${identityText(is)} answers in place of ${identityText(was)}. ${giveItsOwnAddress}`,
        );
  }

  async #asRoot<T>(work: () => Promise<T>): Promise<T> {
    const { sudo, sudoPassword } = this.#settings;
    if (sudo && sudoPassword !== undefined) await (this.#sudoTried ??= this.#trySudo());
    return this.#rememberingSudo(work);
  }

  async #trySudo(): Promise<void> {
    try {
      const tried = await this.#rememberingSudo(() =>
        this.#use((connection) => connection.execAsRoot("exit 0", { timeoutMs: sudoLimit })),
      );
      if (tried.lost || tried.timedOut) this.#sudoTried = undefined;
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
      if (counted && error instanceof SshError && error.kind === "sudo" && !error.transient)
        this.#sudoRefused = error;
      throw error;
    }
  }
}
