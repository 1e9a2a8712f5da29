import { utils } from "ssh2";

/**
 * A fresh ed25519 key pair, OpenSSH texts. ssh2 makes about one in a hundred that nobody can read (it loses a
 * leading zero): such a one is made again.
 */
export function keyPair(comment: string): { private: string; public: string } {
  for (;;) {
    const keys = utils.generateKeyPairSync("ed25519", { comment });
    if (!(utils.parseKey(keys.private) instanceof Error) && !(utils.parseKey(keys.public) instanceof Error))
      return keys;
  }
}
