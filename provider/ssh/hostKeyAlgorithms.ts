import type { ServerHostKeyAlgorithm } from "ssh2";
import type { HostKnowledge } from "./judgeHostKey";

/** What we offer, in this order, to a server that we know nothing about: ssh2's own default. */
const OFFERED: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
  "ssh-rsa",
];

/** RSA keys are called `ssh-rsa` whatever hash their signatures use (RFC 8332). */
function keyTypeOf(algorithm: string): string {
  return algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm;
}

/**
 * Host key algorithms to offer, those of the known keys first: a server with keys of several types then
 * shows the one that we can compare, and does not look changed.
 */
export function hostKeyAlgorithms({ own, bare }: HostKnowledge): ServerHostKeyAlgorithm[] {
  const keys = own.keys.length > 0 ? own.keys : (bare?.keys ?? []);
  const known = new Set(keys.map((line) => line.key.type));
  return [
    ...OFFERED.filter((algorithm) => known.has(keyTypeOf(algorithm))),
    ...OFFERED.filter((algorithm) => !known.has(keyTypeOf(algorithm))),
  ];
}
