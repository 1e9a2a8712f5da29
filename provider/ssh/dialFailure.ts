import type { Login } from "./login";
import { scrub } from "./scrub";
import type { ConnectionSettings, Target } from "./settings";
import { sshError, type SshError } from "./sshError";

/** What a dial had reached when it failed. */
export interface DialProgress {
  /** The server's host key was accepted and the login began. */
  readonly loggingIn: boolean;
  readonly login: Login;
}

/** What ssh2 and Node put onto the errors that they emit. */
interface Emitted {
  readonly message: string;
  readonly level?: string;
  readonly code?: string | number;
}

const SYSTEM: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused: is sshd running there, and is the port right?",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was reset",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  EHOSTDOWN: "the host is down",
  ETIMEDOUT: "no answer (timed out)",
  EAI_AGAIN: "its name cannot be looked up now (DNS does not answer)",
};

/** What ssh2 says when nothing fits, the setting of sshd that decides, and what both know. */
const UNKNOWN_TO_US: readonly (readonly [RegExp, string, string])[] = [
  [/no matching key exchange/, "KexAlgorithms", "curve25519-sha256"],
  [/no matching host key/, "HostKeyAlgorithms", "ssh-ed25519 or rsa-sha2-512"],
  [/no matching .* cipher/, "Ciphers", "aes256-gcm@openssh.com"],
  [/no matching .* MAC/, "MACs", "hmac-sha2-256-etm@openssh.com"],
];

/** What Node and ssh2 said about a failed dial, as one classified error. */
export function dialFailure(
  target: Target,
  error: Emitted,
  { loggingIn, login }: DialProgress,
  settings: ConnectionSettings,
): SshError {
  if (error.level === "client-authentication") return loginRefused(target, login);
  // From here on a dial that already gave the password away is final: it may have counted as an attempt.
  const transient = !login.passwordSent();
  if (error.level === "client-timeout") {
    const seconds = target.settings.perDialTimeout ?? 15;
    const when = loggingIn ? " while logging in" : "";
    return sshError(
      target,
      "unreachable",
      `no answer within ${seconds} s${when} (perDialTimeout): is the address right, does a firewall drop the packets?`,
      transient,
    );
  }
  if (error.code === "ENOTFOUND") {
    return sshError(
      target,
      "unreachable",
      `there is no host of this name: ${target.field("host")} or the DNS is wrong`,
    );
  }
  const known = typeof error.code === "string" ? SYSTEM[error.code] : undefined;
  if (known) {
    return sshError(target, "unreachable", `${known}${loggingIn ? " (while logging in)" : ""}`, transient);
  }
  const said = scrub(error.message, settings);
  if (loggingIn) {
    return sshError(
      target,
      "authentication",
      `the server ended the login as user ${target.user}: ${said}${triedText(login)}`,
    );
  }
  if (error.message === "Connection lost before handshake") {
    return sshError(
      target,
      "unreachable",
      "the server closed the connection before speaking SSH: sshd is starting, stopping or too busy, or this is not its port",
      true,
    );
  }
  const missing = UNKNOWN_TO_US.find(([pattern]) => pattern.test(said));
  return sshError(
    target,
    "handshake",
    missing
      ? `the server allows only algorithms that this provider's SSH library (ssh2) does not have, although OpenSSH's ` +
          `client may: ${said}. Add one to ${missing[1]} in its sshd_config, for example ${missing[2]}`
      : `no SSH connection could be agreed on: ${said}`,
  );
}

/** The connection ended without any error being said. */
export function dialClosed(target: Target, { loggingIn, login }: DialProgress): SshError {
  return sshError(
    target,
    "unreachable",
    loggingIn
      ? `the server closed the connection while logging in as user ${target.user}${triedText(login)}`
      : "the server closed the connection",
    !login.passwordSent(),
  );
}

function loginRefused(target: Target, login: Login): SshError {
  const fields = (["password", "privateKey", "agentSocketPath"] as const).map(target.field).join(", ");
  const tried = login.tried.map((method) => (isField(method) ? target.field(method) : method));
  const accepted = login.accepted().join(", ") || "nothing";
  const way =
    login.tried.length === 0
      ? `the server accepts ${accepted}, and nothing that fits is set (${fields})`
      : `refused: ${tried.join(", ")}; the server accepts ${accepted}`;
  const obstacle = login.obstacle();
  return sshError(
    target,
    "authentication",
    `login as user ${target.user} failed: ${way}${obstacle ? `; ${obstacle}` : ""}. ` +
      `It is not tried again, since some servers lock accounts: check ${target.field("user")} and these fields.`,
  );
}

function isField(method: string): method is "password" | "privateKey" {
  return method === "password" || method === "privateKey";
}

function triedText(login: Login): string {
  return login.tried.length > 0 ? ` (tried: ${login.tried.join(", ")})` : "";
}
