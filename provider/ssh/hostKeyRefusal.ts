import { familiarType, fingerprint, keyType, type KeyBlob } from "./fingerprint";
import type { Verdict } from "./judgeHostKey";
import { knownHostsName, type KnownHost } from "./knownHosts";
import { publicKeyLine } from "./publicKeyLine";
import type { Target } from "./settings";
import { sshError, type SshError } from "./sshError";

/** Where the knowledge about host keys came from. */
export type HostKeySource = "hostKey" | "knownHosts" | "default";

/** The refusal that belongs to a verdict, with the way out; `undefined` for a known key. */
export function hostKeyRefusal(
  target: Target,
  verdict: Verdict,
  key: KeyBlob,
  source: HostKeySource,
): SshError | undefined {
  switch (verdict.status) {
    case "known":
      return undefined;
    case "revoked":
      return sshError(
        target,
        "hostKeyRevoked",
        `THE HOST KEY IS REVOKED: the server shows ${describe(key)}, which line ${verdict.by.line} of ` +
          `${nameOf(target, source)} marks @revoked. Whoever answers holds a key known to be stolen or retired. ` +
          `Nothing was sent. Give the server a new host key, or find out who answers there.`,
      );
    case "changed":
      return sshError(target, "hostKeyChanged", changed(target, verdict.known, key, source));
    case "unknown":
      return sshError(target, "hostKeyUnknown", unknown(target, verdict.authorities, key, source));
  }
}

function changed(target: Target, known: readonly KnownHost[], key: KeyBlob, source: HostKeySource): string {
  const expected = known
    .map((line) => describe(line.key.blob) + (source === "hostKey" ? "" : ` (line ${line.line})`))
    .join(", ");
  return (
    `THE HOST KEY HAS CHANGED: this may be a man in the middle. Nothing was sent.\n` +
    `  expected by ${nameOf(target, source)}: ${expected}\n` +
    `  shown by the server: ${describe(key)}\n` +
    `If the server was reinstalled, compare with ${onTheServer(key)}, then ` +
    (source === "hostKey"
      ? `set ${target.field("hostKey")} to: ${lineOf(key)}`
      : `replace its lines in ${nameOf(target, source)} by:\n${knownHostsLine(target, key)}`)
  );
}

function unknown(
  target: Target,
  authorities: readonly KnownHost[],
  key: KeyBlob,
  source: HostKeySource,
): string {
  const unsupported = authorities.map((line) => line.line).join(", ");
  return (
    `the host key is not known, so nothing was sent. The server shows ${describe(key)}.\n` +
    (unsupported === ""
      ? ""
      : `A @cert-authority line matches this host (line ${unsupported} of ${nameOf(target, source)}), but host ` +
        `certificates are not supported: the host's own key is needed.\n`) +
    `If that is the right key (compare with ${onTheServer(key)}), add this line to ` +
    `${nameOf(target, source)}:\n${knownHostsLine(target, key)}\n` +
    `or set ${target.field("hostKey")}: ${JSON.stringify(lineOf(key))}`
  );
}

/** `ED25519 SHA256:…`, as people compare it. */
function describe(key: KeyBlob): string {
  return `${familiarType(keyType(key) ?? "unknown")} ${fingerprint(key)}`;
}

function lineOf(key: KeyBlob): string {
  return publicKeyLine({ type: keyType(key) ?? "unknown", blob: key });
}

/** The line to add, exactly as known_hosts wants it. */
function knownHostsLine(target: Target, key: KeyBlob): string {
  return `${knownHostsName(target.host, target.port)} ${lineOf(key)}`;
}

function nameOf(target: Target, source: HostKeySource): string {
  if (source === "hostKey") return target.field("hostKey");
  return source === "knownHosts" ? "knownHosts" : "~/.ssh/known_hosts";
}

/** How the server's owner prints the key without trusting the network. */
function onTheServer(key: KeyBlob): string {
  const type = familiarType(keyType(key) ?? "unknown").toLowerCase();
  return `\`ssh-keygen -lf /etc/ssh/ssh_host_${type}_key.pub\` on the server's console`;
}
