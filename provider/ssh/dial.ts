import type { Duplex } from "node:stream";
import { Client } from "ssh2";
import { dialClosed, dialFailure } from "./dialFailure";
import { hostKeyPolicy } from "./hostKeyPolicy";
import { prepareLogin } from "./login";
import type { ConnectionSettings, Target } from "./settings";
import { sshError, type SshError } from "./sshError";

/** Keep-alives: a question every `intervalMs`; after `count` without an answer the connection is dead. */
export interface KeepAlive {
  readonly intervalMs: number;
  readonly count: number;
}

/** 15 s × 3: a black hole is found within a minute, a busy node keeps its connection. */
export const KEEP_ALIVE: KeepAlive = { intervalMs: 15_000, count: 3 };

export interface DialContext {
  readonly settings: ConnectionSettings;
  readonly keepAlive: KeepAlive;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
  /** The way through the bastion; without it a TCP connection is made. */
  readonly through?: Duplex;
}

/**
 * One dial of one server: TCP, host key, login, all within perDialTimeout. The host key is judged inside the
 * key exchange, before any user name or password is sent.
 * @throws SshError
 */
export function dial(target: Target, context: DialContext): Promise<Client> {
  const { settings, keepAlive, log, signal, through } = context;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(target));
    const login = prepareLogin(target);
    const policy = hostKeyPolicy(target, settings, log);
    const client = new Client();
    let loggingIn = false;
    let refusal: SshError | undefined;
    let settled = false;

    const fail = (error: SshError) => {
      if (settled) return;
      settled = true;
      signal?.removeEventListener("abort", onAbort);
      client.destroy();
      through?.destroy();
      reject(error);
    };
    const onAbort = () => fail(aborted(target));
    signal?.addEventListener("abort", onAbort, { once: true });

    client
      // Small questions and answers: Nagle's algorithm would hold each back for some 40 ms.
      .on("connect", () => client.setNoDelay(true))
      .on("handshake", () => (loggingIn = true))
      .on("change password", () =>
        fail(
          sshError(
            target,
            "authentication",
            `the password of user ${target.user} has expired: change it there`,
          ),
        ),
      )
      .on("ready", () => {
        if (settled) return;
        settled = true;
        signal?.removeEventListener("abort", onAbort);
        resolve(client);
      })
      // This listener stays: an error later on without one would end the process. "close" always follows it.
      .on("error", (error: Error & { level?: string; code?: string }) => {
        if (error.level === "agent") return log(agentTrouble(target, error));
        fail(refusal ?? dialFailure(target, error, { loggingIn, login }, settings));
      })
      .on("close", () => fail(refusal ?? dialClosed(target, { loggingIn, login })));

    try {
      client.connect({
        host: target.host,
        port: target.port,
        username: target.user,
        sock: through,
        readyTimeout: (target.settings.perDialTimeout ?? 15) * 1000,
        keepaliveInterval: keepAlive.intervalMs,
        keepaliveCountMax: keepAlive.count,
        algorithms: { serverHostKey: policy.algorithms },
        hostVerifier: (key: Buffer) => {
          refusal = policy.check(key);
          return refusal === undefined;
        },
        authHandler: login.authHandler,
      });
    } catch (error) {
      fail(dialFailure(target, error as Error, { loggingIn, login }, settings));
    }
  });
}

function aborted(target: Target): SshError {
  return sshError(target, "aborted", "connecting was cancelled");
}

function agentTrouble(target: Target, error: Error): string {
  return `${target.hop} ${target.address}: the SSH agent (${target.field("agentSocketPath")}) failed: ${error.message}`;
}
