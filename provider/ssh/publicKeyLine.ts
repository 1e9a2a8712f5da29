import { keyType, type KeyBlob } from "./fingerprint";

/** A public key with its type. */
export interface PublicKey {
  readonly type: string;
  readonly blob: KeyBlob;
}

const KEY_TYPE = /^(ssh-(rsa|dss|ed25519)|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9-]+@openssh\.com)$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** `type base64` as a key; `undefined` if it is none, or if the key is of another type than it says. */
export function parsePublicKey(type: string, base64: string): PublicKey | undefined {
  if (!KEY_TYPE.test(type) || !BASE64.test(base64)) return undefined;
  const blob = Buffer.from(base64, "base64");
  return keyType(blob) === type ? { type, blob } : undefined;
}

/** An OpenSSH public key line: `type base64 [comment]`; `undefined` for anything else. */
export function parsePublicKeyLine(line: string): PublicKey | undefined {
  const [type = "", base64 = ""] = line.trim().split(/[ \t]+/);
  return line.trim().includes("\n") ? undefined : parsePublicKey(type, base64);
}

/** The key as a line without comment. */
export function publicKeyLine(key: PublicKey): string {
  return `${key.type} ${key.blob.toString("base64")}`;
}
