import { createHash } from "node:crypto";

/** A public key as it goes over the wire, its first string being its type (RFC 4253, 6.6). */
export type KeyBlob = Buffer;

/** The SHA256 fingerprint of a public key in OpenSSH's form, as `ssh-keygen -l` prints it. */
export function fingerprint(key: KeyBlob): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The type that a key names itself, e.g. `ssh-ed25519`; `undefined` for what is no whole key. */
export function keyType(key: KeyBlob): string | undefined {
  let type: string | undefined;
  let at = 0;
  // A key is a sequence of length-prefixed strings that ends exactly where the last one does.
  while (at < key.length) {
    if (at + 4 > key.length) return undefined;
    const end = at + 4 + key.readUInt32BE(at);
    if (end > key.length) return undefined;
    type ??= key.toString("latin1", at + 4, end);
    at = end;
  }
  return type;
}

/** The name people use for a key type, as OpenSSH prints it: `ED25519`, `RSA`, `ECDSA`. */
export function familiarType(type: string): string {
  if (type.startsWith("ecdsa-")) return "ECDSA";
  return type.replace(/^ssh-/, "").toUpperCase();
}
