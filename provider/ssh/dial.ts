import { connect, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Client } from "ssh2";
import { dialClosed, dialFailure } from "./dialFailure";
import { fingerprint } from "./fingerprint";
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
  /** What later dials of the same server keep to. */
  readonly bound?: BoundServer;
}

/** What the first dial of a server found, and each later one must find again. */
export interface BoundServer {
  /** The address that a name stood for; kept, since a name may move. Missing behind a bastion, which looks it up. */
  address?: string;
  hostKey?: Buffer;
}

/**
 * One dial of one server: TCP, host key, login, all within perDialTimeout. The host key is judged inside the
 * key exchange, before any user name or password is sent.
 * @throws SshError
 */
export function dial(target: Target, context: DialContext): Promise<Client> {
  const { settings, keepAlive, log, signal, through, bound = {} } = context;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(target));
    const login = prepareLogin(target);
    const policy = hostKeyPolicy(target, settings);
    const client = new Client();
    const socket = through ?? connect({ host: bound.address ?? target.host, port: target.port });
    let loggingIn = false;
    let refusal: SshError | undefined;
    let hostKey: Buffer | undefined;
    let settled = false;

    const fail = (error: SshError) => {
      if (settled) return;
      settled = true;
      signal?.removeEventListener("abort", onAbort);
      client.destroy();
      socket.destroy();
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
        if (socket instanceof Socket) bound.address ??= socket.remoteAddress;
        bound.hostKey ??= hostKey;
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
        username: target.user,
        sock: socket,
        readyTimeout: (target.settings.perDialTimeout ?? 15) * 1000,
        keepaliveInterval: keepAlive.intervalMs,
        keepaliveCountMax: keepAlive.count,
        algorithms: { serverHostKey: policy.algorithms },
        hostVerifier: (key: Buffer) => {
          refusal = policy.check(key) ?? otherHostKey(target, bound.hostKey, key);
          hostKey = key;
          return refusal === undefined;
        },
        authHandler: login.authHandler,
      });
    } catch (error) {
      fail(dialFailure(target, error as Error, { loggingIn, login }, settings));
    }
  });
}

/** Every server has the right key where all are in one known_hosts file: the one that was reached first counts. */
function otherHostKey(target: Target, was: Buffer | undefined, is: Buffer): SshError | undefined {
  if (was === undefined || was.equals(is)) return undefined;
  return sshError(
    target,
    "otherMachine",
    `another machine answers than before: its host key is ${fingerprint(is)}, and was ${fingerprint(was)}. ${giveItsOwnAddress}`,
  );
}

/** What to do where a host stands for more than one machine. */
export const giveItsOwnAddress =
  "Nothing was run there. Give each machine by its own address, not by a VIP, a load balancer or a name that moves";

function aborted(target: Target): SshError {
  return sshError(target, "aborted", "connecting was cancelled");
}

function agentTrouble(target: Target, error: Error): string {
  return `${target.hop} ${target.address}: the SSH agent (${target.field("agentSocketPath")}) failed: ${error.message}`;
}
