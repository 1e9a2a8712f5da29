import { utils } from "ssh2";

/** Of an ed25519 key without passphrase, where nothing else is said. */
export interface KeyOptions {
  readonly type?: "ed25519" | "rsa" | "ecdsa";
  readonly passphrase?: string;
}

/**
 * A fresh key pair, OpenSSH texts. Of ed25519 ssh2 makes one in 256 that nobody can read (it drops a leading zero
 * byte of the public key: https://github.com/mscdex/ssh2/issues/1390): such a one is made again.
 */
export function keyPair(
  comment: string,
  { type = "ed25519", passphrase }: KeyOptions = {},
): { private: string; public: string } {
  const encrypted = passphrase === undefined ? {} : { passphrase, cipher: "aes256-ctr", rounds: 4 };
  const size = type === "rsa" ? { bits: 2048 } : type === "ecdsa" ? { bits: 256 } : {};
  for (;;) {
    // eslint-disable-next-line no-restricted-properties -- the one place that may: what is not readable does not leave it
    const keys = utils.generateKeyPairSync(type, { comment, ...encrypted, ...size } as never);
    if (!(utils.parseKey(keys.private, passphrase) instanceof Error)) return keys;
  }
}
