import { utils, type ParsedKey } from "ssh2";
import type { Target } from "./settings";
import { sshError, type SshError } from "./sshError";

/**
 * The private key of a hop, ready to sign; `undefined` if none is configured. Texts that lost their last
 * newline or came with Windows line ends are read all the same.
 * @throws SshError `badKey` naming the field; never the reader's own words, which may quote the key.
 */
export function loadPrivateKey(target: Target): ParsedKey | undefined {
  const text = target.settings.privateKey?.reveal();
  if (text === undefined) return undefined;
  const passphrase = target.settings.privateKeyPassword?.reveal();
  const parsed = utils.parseKey(`${text.replaceAll("\r\n", "\n").trim()}\n`, passphrase);
  if (parsed instanceof Error) throw unreadable(target, parsed.message, text, passphrase !== undefined);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!key?.isPrivateKey()) {
    throw sshError(
      target,
      "badKey",
      `${target.field("privateKey")} holds a public key: give the private one`,
    );
  }
  return key;
}

function unreadable(target: Target, reason: string, text: string, withPassphrase: boolean): SshError {
  const key = target.field("privateKey");
  const passphrase = target.field("privateKeyPassword");
  if (/no passphrase given/i.test(reason)) {
    return sshError(target, "badKey", `${key} is encrypted: set ${passphrase}`);
  }
  if (withPassphrase && /passphrase|integrity|decrypt|MAC mismatch/i.test(reason)) {
    return sshError(target, "badKey", `${key} cannot be decrypted: ${passphrase} is wrong`);
  }
  if (/^Unsupported (?!key format)/.test(reason)) {
    return sshError(target, "badKey", `${key} is of a kind that is not supported: use ed25519, ECDSA or RSA`);
  }
  return sshError(
    target,
    "badKey",
    /^-----BEGIN|^PuTTY-User-Key/.test(text.trimStart())
      ? `${key} cannot be read: it is damaged or cut off`
      : `${key} cannot be read: expected the text of the key, beginning with "-----BEGIN", not a path to it`,
  );
}
