import type { ParsedKey } from "ssh2";
import { KeyProblem } from "./keyText";
import { readKey } from "./readKey";
import type { Target } from "./settings";
import { sshError } from "./sshError";

/**
 * The private key of a hop, ready to sign; `undefined` if none is configured. An empty passphrase is none.
 * @throws SshError `badKey` naming the field.
 */
export function loadPrivateKey(target: Target): ParsedKey | undefined {
  const text = target.settings.privateKey?.reveal();
  if (text === undefined) return undefined;
  try {
    return readKey(text, target.settings.privateKeyPassword?.reveal() || undefined);
  } catch (error) {
    if (!(error instanceof KeyProblem)) throw error;
    throw sshError(target, "badKey", words(error, target));
  }
}

function words({ kind, what }: KeyProblem, target: Target): string {
  const key = target.field("privateKey");
  const passphrase = target.field("privateKeyPassword");
  switch (kind) {
    case "encrypted":
      return `${key} is encrypted: set ${passphrase}`;
    case "wrongPassphrase":
      return `${key} cannot be decrypted: ${passphrase} is wrong`;
    case "cutOff":
      return `${key} cannot be read: it is cut off${what && ` (${what})`}. Paste the whole file`;
    case "damaged":
      return `${key} cannot be read: it is damaged${what && ` (${what})`}. Paste the file again`;
    case "unusable":
      return `${key} cannot be used: ${what}`;
  }
}
