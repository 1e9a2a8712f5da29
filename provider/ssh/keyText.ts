/** Why the text of a private key is none that can be used; the words are `privateKey`'s. */
export class KeyProblem extends Error {
  constructor(
    readonly kind: "encrypted" | "wrongPassphrase" | "cutOff" | "damaged" | "unusable",
    /** What is wrong, about "it", the key; of an unusable one with the way out. Holds nothing of the key. */
    readonly what = "",
  ) {
    super(kind);
  }
}

/** A private key's block, `-----BEGIN … PRIVATE KEY-----` to its end. */
export interface KeyBlock {
  /** What stands before `PRIVATE KEY`: `OPENSSH`, `RSA`, `ENCRYPTED`, or nothing. */
  readonly label: string;
  readonly body: Buffer;
  /** The cipher of a traditional block (`DEK-Info`), if it is encrypted. */
  readonly cipher: string | undefined;
  /** The block as a file has it, whatever pasting did to it. */
  readonly text: string;
}

/**
 * Finds a private key in what somebody pasted: indented, with Windows line ends, without the last one, with blanks or
 * the two characters `\n` in place of line ends, with the lines that OpenSSL writes before it.
 * @throws KeyProblem
 */
export function keyBlock(pasted: string): KeyBlock {
  // No key holds a backslash.
  const text = pasted.replace(/\\r?\\n|\\n/g, "\n");
  const whole = /-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY-----([^]*?)-----END \1PRIVATE KEY-----/.exec(text);
  if (!whole) throw notAKey(text);
  const [, words, inside] = whole;
  const dek = /Proc-Type:\s*4,ENCRYPTED\s+DEK-Info:\s*([\w-]+),\s*([0-9A-Fa-f]+)\s/.exec(inside!);
  const base64 = inside!.replace(dek?.[0] ?? "", "").replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64))
    throw new KeyProblem("damaged", "it holds characters that no key has");
  if (base64.length % 4 !== 0) throw new KeyProblem("cutOff");
  const header = dek ? `Proc-Type: 4,ENCRYPTED\nDEK-Info: ${dek[1]},${dek[2]}\n\n` : "";
  const lines = base64.replace(/.{64}/g, "$&\n").trimEnd();
  return {
    label: words!.trim(),
    body: Buffer.from(base64, "base64"),
    cipher: dek?.[1],
    text: `-----BEGIN ${words}PRIVATE KEY-----\n${header}${lines}\n-----END ${words}PRIVATE KEY-----\n`,
  };
}

/** What a text without a private key's block is instead. */
function notAKey(text: string): KeyProblem {
  const found = (pattern: RegExp) => pattern.test(text);
  if (found(/-----(BEGIN|END) ([A-Z0-9]+ )*PRIVATE KEY-----/) || found(/^\s*b3BlbnNzaC1rZXktdjE/))
    return new KeyProblem("cutOff", "its line `-----BEGIN …` or `-----END …` is missing");
  if (
    found(/-----BEGIN ([A-Z0-9]+ )*PUBLIC KEY|---- BEGIN SSH2 PUBLIC KEY|^\s*(ssh-|ecdsa-sha2-|sk-)\S+ AAAA/)
  )
    return new KeyProblem("unusable", "it holds a public key: give the private one");
  if (found(/-----BEGIN CERTIFICATE/))
    return new KeyProblem("unusable", "it holds a certificate: give the private key");
  if (found(/---- BEGIN SSH2 ENCRYPTED PRIVATE KEY/))
    return new KeyProblem(
      "unusable",
      "it is in ssh.com's format: convert it with `ssh-keygen -i -f KEY > NEW-KEY`",
    );
  if (found(/^\s*LS0tLS1CRUdJTi/))
    return new KeyProblem("unusable", "it is base64 of a key: decode it first");
  return new KeyProblem(
    "unusable",
    'expected the text of the key, beginning with "-----BEGIN", not a path to it',
  );
}
