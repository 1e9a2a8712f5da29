import type { Client } from "ssh2";
import { ChannelSlots } from "./channelSlots";
import { execAsRoot } from "./execAsRoot";
import { ABORTED_BEFORE_START, type ExecOptions, type ExecResult } from "./execResult";
import { NotStarted, runOnChannel } from "./runOnChannel";
import { scrub } from "./scrub";
import type { ConnectionSettings, Target } from "./settings";
import { sshError } from "./sshError";
import { upload, type UploadOptions, type UploadResult } from "./upload";

/** Channels at a time: sshd's MaxSessions is 10 by default, and someone else may share a connection's limit. */
const CHANNELS = 8;

/** One open connection to a node. Made by `connect`; used by many commands side by side. */
export class SshConnection {
  // All private at run time too: whatever prints a connection prints none of its settings.
  readonly #client: Client;
  readonly #target: Target;
  readonly #settings: ConnectionSettings;
  readonly #slots = new ChannelSlots(CHANNELS);
  #alive = true;

  constructor(client: Client, target: Target, settings: ConnectionSettings) {
    this.#client = client;
    this.#target = target;
    this.#settings = settings;
    client.once("close", () => (this.#alive = false));
    // The bastion or the node said goodbye: what runs is lost, what comes next needs a new connection.
    client.once("end", () => (this.#alive = false));
  }

  /** Not yet found dead. A black hole is found by the keep-alives, after 60 s by default. */
  get isAlive(): boolean {
    return this.#alive;
  }

  /**
   * Runs a command line in the user's login shell, without a terminal. Failures of the command are results.
   * @throws SshError `unreachable` or `refused`, and only if the command certainly did not start; TypeError
   * for a NUL byte.
   */
  async exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    if (command.includes("\0")) throw new TypeError("a NUL byte cannot be part of a command");
    const release = await this.#slots.take(options.signal);
    if (!release) return ABORTED_BEFORE_START;
    try {
      return await this.#runOnFreeChannel(command, options);
    } catch (error) {
      if (!(error instanceof NotStarted)) throw error;
      if (error.why === "lost") this.#alive = false;
      throw error.why === "lost"
        ? sshError(this.#target, "unreachable", "the connection was lost before the command started", true)
        : sshError(
            this.#target,
            "refused",
            `the server does not run commands for user ${this.#target.user} ` +
              `(${scrub(error.message, this.#settings)}): check ForceCommand, MaxSessions and the login shell`,
          );
    } finally {
      release();
    }
  }

  /** sshd (9.2) still counts a session against MaxSessions for some milliseconds after it has ended. */
  async #runOnFreeChannel(command: string, options: ExecOptions): Promise<ExecResult> {
    for (let failures = 0; ; failures++) {
      try {
        return await runOnChannel(this.#client, command, options, () => this.#alive);
      } catch (error) {
        if (failures === 10 || !/Channel open failure/.test((error as Error).message)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20 * (failures + 1)));
        if (options.signal?.aborted) return ABORTED_BEFORE_START;
      }
    }
  }

  /** Runs a POSIX sh script as root, through sudo if `sudo` is set; see `execAsRoot`. */
  execAsRoot(script: string, options: ExecOptions = {}): Promise<ExecResult> {
    return execAsRoot(this.exec.bind(this), this.#target, this.#settings, script, options);
  }

  /** Brings a local file into a root-only folder on the node; see `upload`. */
  upload(localPath: string, remotePath: string, options: UploadOptions): Promise<UploadResult> {
    return upload(this, this.#target, this.#settings, localPath, remotePath, options);
  }

  /** Ends the connection; resolves when it is closed, at the latest after a second. */
  close(): Promise<void> {
    if (!this.#alive) {
      this.#client.destroy();
      return Promise.resolve();
    }
    this.#alive = false;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#client.destroy();
        resolve();
      }, 1000);
      this.#client.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      this.#client.end();
    });
  }
}
