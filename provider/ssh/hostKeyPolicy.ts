import type { ServerHostKeyAlgorithm } from "ssh2";
import type { KeyBlob } from "./fingerprint";
import { hostKeyAlgorithms } from "./hostKeyAlgorithms";
import { hostKeyRefusal } from "./hostKeyRefusal";
import { judgeHostKey, knowledgeOf, type HostKnowledge } from "./judgeHostKey";
import { parseKnownHosts } from "./knownHosts";
import { parsePublicKeyLine } from "./publicKeyLine";
import { readDefaultKnownHosts } from "./readDefaultKnownHosts";
import type { ConnectionSettings, Target } from "./settings";
import { sshError, type SshError } from "./sshError";

/** How one server proves that it is the right one. */
export interface HostKeyPolicy {
  /** Host key algorithms to offer, the best first. */
  readonly algorithms: ServerHostKeyAlgorithm[];
  /** `undefined` for the right key, otherwise why the server is refused. */
  check(key: KeyBlob): SshError | undefined;
}

/**
 * The policy for one hop: `insecureIgnoreHostKey` accepts anything; otherwise the pinned `hostKey`, `knownHosts`, or
 * the runner's file decide, in this order, and what is not known is refused.
 * @throws SshError `badHostKey`.
 */
export function hostKeyPolicy(target: Target, settings: ConnectionSettings): HostKeyPolicy {
  if (settings.insecureIgnoreHostKey === true)
    return { algorithms: hostKeyAlgorithms(NOTHING), check: () => undefined };
  const source =
    target.settings.hostKey !== undefined
      ? ("hostKey" as const)
      : settings.knownHosts !== undefined
        ? ("knownHosts" as const)
        : ("default" as const);
  const knowledge =
    target.settings.hostKey !== undefined
      ? pinned(target, target.settings.hostKey)
      : knowledgeOf(
          parseKnownHosts(settings.knownHosts ?? readDefaultKnownHosts()),
          target.host,
          target.port,
        );
  return {
    algorithms: hostKeyAlgorithms(knowledge),
    check: (key) => hostKeyRefusal(target, judgeHostKey(knowledge, key), key, source),
  };
}

const NOTHING: HostKnowledge = { own: { keys: [], revoked: [], authorities: [] }, bare: undefined };

/** A pinned key as the only line of a known_hosts file, so that one place decides. */
function pinned(target: Target, hostKey: string): HostKnowledge {
  const key = parsePublicKeyLine(hostKey);
  if (!key) {
    throw sshError(
      target,
      "badHostKey",
      `${target.field("hostKey")} is not an OpenSSH public key: expected for example ` +
        `"ssh-ed25519 AAAAC3Nza… comment", as /etc/ssh/ssh_host_ed25519_key.pub on the server holds it ` +
        `(a known_hosts line with the host's name in front belongs into knownHosts)`,
    );
  }
  return {
    own: { ...NOTHING.own, keys: [{ line: 1, marker: undefined, hosts: "*", key }] },
    bare: undefined,
  };
}
