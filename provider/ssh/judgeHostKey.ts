import type { KeyBlob } from "./fingerprint";
import { entriesFor, knownHostsName, type HostEntries, type KnownHost } from "./knownHosts";

/** What is known about a server, from whichever source counts. */
export interface HostKnowledge {
  /** Entries for the server's own name, `[host]:port` included. */
  readonly own: HostEntries;
  /** For ports other than 22: entries for the bare host, which OpenSSH also accepts. */
  readonly bare: HostEntries | undefined;
}

/** The answer to "is this the right server". */
export type Verdict =
  | { readonly status: "known" }
  | { readonly status: "revoked"; readonly by: KnownHost }
  | { readonly status: "changed"; readonly known: readonly KnownHost[] }
  | { readonly status: "unknown"; readonly authorities: readonly KnownHost[] };

/** What the lines of a known_hosts file say about a server. */
export function knowledgeOf(lines: readonly KnownHost[], host: string, port: number): HostKnowledge {
  return {
    own: entriesFor(lines, knownHostsName(host, port)),
    bare: port === 22 ? undefined : entriesFor(lines, host.toLowerCase()),
  };
}

/**
 * OpenSSH's decision (sshconnect.c, hostfile.c; compared with the real `ssh` in the tests): a revoked key is
 * refused whatever else is said; an equal key is accepted; any other key for that name means "changed", of
 * whatever type; else the host is unknown, unless the bare host name is known with exactly this key.
 */
export function judgeHostKey({ own, bare }: HostKnowledge, key: KeyBlob): Verdict {
  const same = (line: KnownHost) => line.key.blob.equals(key);
  const by = own.revoked.find(same) ?? bare?.revoked.find(same);
  if (by) return { status: "revoked", by };
  if (own.keys.some(same)) return { status: "known" };
  if (own.keys.length > 0) return { status: "changed", known: own.keys };
  if (bare?.keys.some(same)) return { status: "known" };
  return { status: "unknown", authorities: [...own.authorities, ...(bare?.authorities ?? [])] };
}
