import type { Writable } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import type { ExecOptions, ExecResult } from "./execResult";
import { OutputBuffer } from "./outputBuffer";

/** The command certainly did not start. */
export class NotStarted extends Error {
  constructor(
    /** `lost`: there is no connection any more; `refused`: the server said no. */
    readonly why: "lost" | "refused",
    message: string,
  ) {
    super(message);
  }
}

const DEFAULT_MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
/** How long a server may take to confirm that a channel was closed by us. */
const CLOSE_GRACE_MS = 500;

/**
 * Runs a command on a channel of its own, without a terminal.
 * @param isAlive whether the connection is known to stand: a listener of each command's own would be too many for Node
 * @throws NotStarted only; whatever happens to a command that may have started is a result.
 */
export function runOnChannel(
  client: Client,
  command: string,
  options: ExecOptions,
  isAlive: () => boolean,
): Promise<ExecResult> {
  const started = performance.now();
  const limit = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
  const stdout = new OutputBuffer(limit);
  const stderr = new OutputBuffer(limit);
  const { signal } = options;

  return new Promise((resolve, reject) => {
    let code: number | null = null;
    let killedBy: string | null = null;
    let exited = false;
    let timedOut = false;
    let aborted = false;
    let settled = false;
    let channel: ClientChannel | undefined;
    let grace: NodeJS.Timeout | undefined;

    const settle = (then: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      clearTimeout(grace);
      signal?.removeEventListener("abort", onAbort);
      then();
    };
    const finish = () =>
      settle(() =>
        resolve({
          stdout: stdout.text(),
          stderr: stderr.text(),
          code,
          signal: killedBy,
          lost: !exited && !timedOut && !aborted,
          timedOut,
          aborted,
          truncated: stdout.truncated || stderr.truncated,
          durationMs: performance.now() - started,
        }),
      );
    const stop = () => {
      channel?.close();
      // A server that is gone confirms nothing.
      grace ??= setTimeout(finish, channel ? CLOSE_GRACE_MS : 0);
    };
    const onAbort = () => {
      aborted = true;
      stop();
    };
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            stop();
          }, options.timeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });

    const onOpen = (error: Error | undefined, opened: ClientChannel) => {
      if (settled || timedOut || aborted) return void opened?.close();
      if (error) {
        // ssh2 says "Unable to exec" both for a refusal and for a connection that was lost after the request
        // had gone out, in which case the command may be running.
        const asked = error.message === "Unable to exec";
        if (asked && !isAlive()) return finish();
        const gone = !isAlive() || error.message === "No response from server";
        return settle(() => reject(new NotStarted(gone ? "lost" : "refused", error.message)));
      }
      channel = opened;
      let closed = false;
      let stderrEnded = false;
      const both = () => closed && stderrEnded && finish();
      if (options.stdout) pass(opened, options.stdout);
      else
        opened.on("data", (chunk: Buffer) => {
          stdout.add(chunk);
          options.onStdout?.(chunk);
        });
      opened.stderr.on("data", (chunk: Buffer) => {
        stderr.add(chunk);
        options.onStderr?.(chunk);
      });
      opened.on("exit", (status: number | null, name?: string) => {
        exited = true;
        code = status;
        killedBy = status === null ? (name ?? "unknown") : null;
      });
      opened.stderr.on("end", () => {
        stderrEnded = true;
        both();
      });
      opened.on("close", () => {
        closed = true;
        both();
      });
      // A command that ends without reading its input is no error.
      opened.on("error", () => {});
      feed(opened, options.stdin);
    };

    try {
      client.exec(command, onOpen);
    } catch {
      settle(() => reject(new NotStarted("lost", "Not connected")));
    }
  });
}

/** Hands standard output on; whoever takes it no longer has no use for the rest. */
function pass(channel: ClientChannel, to: Writable): void {
  to.once("close", () => {
    channel.close();
    // The channel's end comes behind what was sent before it.
    channel.resume();
  });
  channel.pipe(to, { end: false });
}

/** Sends standard input to its end; with none, the end comes at once, so that nothing waits for a terminal. */
function feed(channel: ClientChannel, stdin: ExecOptions["stdin"]): void {
  if (stdin === undefined) return void channel.end();
  if (typeof stdin === "string" || Buffer.isBuffer(stdin)) return void channel.end(stdin);
  // Without this a local read error would leave the command waiting for the rest.
  stdin.once("error", () => channel.close());
  channel.once("close", () => stdin.destroy());
  stdin.pipe(channel);
}
