import type { Client } from "ssh2";
import { realClock } from "../machine/clock";
import { backoff, type Sleep } from "./backoff";
import { type BoundServer, dial, KEEP_ALIVE, type DialContext, type KeepAlive } from "./dial";
import { openThrough } from "./openThrough";
import { targetOf, type ConnectionSettings, type Target } from "./settings";
import { SshConnection } from "./sshConnection";
import { SshError, sshError } from "./sshError";

export interface ConnectOptions {
  readonly signal?: AbortSignal;
  /** Dials at most, in place of dialErrorLimit. */
  readonly attempts?: number;
  /** Told about what is to be kept, one line each. Default: nobody. */
  readonly log?: (line: string) => void;
  /** Told about each dial that failed and is repeated: what is shown for a moment. Default: nobody. */
  readonly retry?: (line: string) => void;
  /** Default: 15 s × 3. */
  readonly keepAlive?: KeepAlive;
  readonly sleep?: Sleep;
  /** What an earlier dial of the same server found, and this one must find again; filled in by the first. */
  readonly bound?: BoundServer;
}

/**
 * Connects to a node, through its bastion if there is one. Dials that fail for reasons that may pass are
 * repeated with back-off, up to dialErrorLimit in all (default 10); a refused login or host key never is.
 * @throws SshError; TypeError for an impossible host, port or user.
 */
export async function connect(
  settings: ConnectionSettings,
  options: ConnectOptions = {},
): Promise<SshConnection> {
  const { signal, log = () => {}, keepAlive = KEEP_ALIVE, bound } = options;
  const node = targetOf(settings, "node");
  const context: DialContext = { settings, keepAlive, log, signal };
  if (!settings.proxy) {
    const client = await dialUntil(node, () => dial(node, { ...context, bound }), options);
    return new SshConnection(client, node, settings);
  }
  const bastion = targetOf(settings.proxy, "bastion");
  const openBastion = async () => {
    const client = await dialUntil(bastion, () => dial(bastion, context), options);
    client.once("close", () => lost.add(client));
    return client;
  };
  const lost = new WeakSet<Client>();
  let first = await openBastion();
  try {
    const client = await dialUntil(
      node,
      async () => {
        if (lost.has(first)) first = await openBastion();
        const through = await openThrough(first, bastion, node, settings, signal);
        return dial(node, { ...context, through, bound });
      },
      options,
    );
    client.once("close", () => first.end());
    return new SshConnection(client, node, settings);
  } catch (error) {
    first.destroy();
    throw error;
  }
}

async function dialUntil(
  target: Target,
  attempt: () => Promise<Client>,
  options: ConnectOptions,
): Promise<Client> {
  const { signal, retry, sleep = realClock.sleep } = options;
  const limit = options.attempts ?? target.settings.dialErrorLimit ?? 10;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof SshError) || !error.transient) throw error;
      if (limit >= 0 && failures >= limit) throw failures === 1 ? error : exhausted(error, failures);
      const ms = backoff(failures);
      retry?.(`${error.message}; dial ${failures} failed, next one in ${ms / 1000} s`);
      await sleep(ms, signal).catch(() => {
        throw sshError(target, "aborted", "connecting was cancelled");
      });
    }
  }
}

/** The last failure, saying how many there were. */
function exhausted(last: SshError, failures: number): SshError {
  const what = last.message.slice(`${last.hop} ${last.address}: `.length);
  return new SshError(
    last.kind,
    last.hop,
    last.address,
    `${what} (${failures} dials failed)`,
    last.transient,
  );
}
