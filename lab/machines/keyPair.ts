import { utils } from "ssh2";

/**
 * A fresh ed25519 key pair, OpenSSH texts. ssh2 makes one in 256 that nobody can read (it drops a leading zero
 * byte of the public key: https://github.com/mscdex/ssh2/issues/1390): such a one is made again.
 */
export function keyPair(comment: string): { private: string; public: string } {
  for (;;) {
    // eslint-disable-next-line no-restricted-properties -- the one place that may: what is not readable does not leave it
    const keys = utils.generateKeyPairSync("ed25519", { comment });
    if (!(utils.parseKey(keys.private) instanceof Error)) return keys;
  }
}
