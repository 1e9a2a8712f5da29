import { randomBytes, type KeyObject } from "node:crypto";

/** An Ed25519 key as OpenSSH writes it without a passphrase (PROTOCOL.key), the one form of it that ssh2 reads. */
export function ed25519Text(key: KeyObject): string {
  const { d, x } = key.export({ format: "jwk" });
  const [seed, own] = [Buffer.from(d!, "base64url"), Buffer.from(x!, "base64url")];
  const check = randomBytes(4);
  const type = string("ssh-ed25519");
  const secret = Buffer.concat([
    check,
    check,
    type,
    string(own),
    string(Buffer.concat([seed, own])),
    string(""),
  ]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (secret.length % 8)) % 8);
  const whole = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...["none", "none", ""].map(string),
    Buffer.from([0, 0, 0, 1]),
    string(Buffer.concat([type, string(own)])),
    string(Buffer.concat([secret, padding])),
  ]);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${whole.toString("base64")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** SSH's string: four bytes of length, and the bytes. */
function string(text: string | Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text as string)]);
}
