import type { Secret } from "../secrets/secret";

/** How to reach one SSH server. Names and meanings are those of `@pulumi/command`'s remote connection. */
export interface ProxySettings {
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  /** Default 22. */
  readonly port?: number;
  /** Default `root`. */
  readonly user?: string;
  readonly password?: Secret;
  /** The text of the key, not its path; whatever pasting did to its lines. */
  readonly privateKey?: Secret;
  /** Passphrase of `privateKey`. */
  readonly privateKeyPassword?: Secret;
  /** Socket of an SSH agent. Default: `SSH_AUTH_SOCK`, if neither password nor private key is given. */
  readonly agentSocketPath?: string;
  /** The server's public key (`ssh-ed25519 AAAA…`): the only one accepted, whatever `knownHosts` says. */
  readonly hostKey?: string;
  /** Dials that may fail before giving up; -1 is no limit. Default 10. */
  readonly dialErrorLimit?: number;
  /** Seconds for one dial, from the TCP connection to the end of the login; 0 is no limit. Default 15. */
  readonly perDialTimeout?: number;
}

/** How to reach a node and become root there. */
export interface ConnectionSettings extends ProxySettings {
  /** Content of a known_hosts file, for both hops. Default: the runner's `~/.ssh/known_hosts`. */
  readonly knownHosts?: string;
  /** Accept any host key on both hops: the one explicit way out of verification. Whoever connects warns. */
  readonly insecureIgnoreHostKey?: boolean;
  /** A bastion to go through. */
  readonly proxy?: ProxySettings;
  /** Become root with sudo. Default false: the user is root. */
  readonly sudo?: boolean;
  /** What sudo asks the user for. Without it sudo has to work without asking. */
  readonly sudoPassword?: Secret;
}

/** Which of the two servers an event is about. */
export type Hop = "bastion" | "node";

/** A server with its defaults filled in, and the words that messages use for it. */
export interface Target {
  readonly hop: Hop;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly settings: ProxySettings;
  /** `host:port`, with brackets around an IPv6 address. */
  readonly address: string;
  /** The input's name as the user writes it: `hostKey` or `proxy.hostKey`. */
  readonly field: (name: keyof ProxySettings) => string;
}

const NOT_IN_A_NAME = /[\s\0]/;

/**
 * Defaults of one hop: port 22, user root.
 * @throws TypeError for an empty host or user, or one with white space or NUL, and for an impossible port.
 */
export function targetOf(settings: ProxySettings, hop: Hop): Target {
  const { host, port = 22, user = "root" } = settings;
  const field = (name: keyof ProxySettings) => (hop === "bastion" ? `proxy.${name}` : name);
  if (host === "" || NOT_IN_A_NAME.test(host)) {
    throw new TypeError(`${field("host")}: expected a host name or address, got ${JSON.stringify(host)}`);
  }
  if (user === "" || user.includes("\0")) {
    throw new TypeError(`${field("user")}: expected a user name, got ${JSON.stringify(user)}`);
  }
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new TypeError(`${field("port")}: expected 1 to 65535, got ${JSON.stringify(port)}`);
  }
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return { hop, host, port, user, settings, address, field };
}
