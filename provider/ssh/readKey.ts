import { createPrivateKey, type KeyObject } from "node:crypto";
import { utils, type ParsedKey } from "ssh2";
import { ed25519Text } from "./ed25519Text";
import { keyBlock, KeyProblem, type KeyBlock } from "./keyText";

/** Curves that SSH has; OpenSSL's names. */
const CURVES: readonly (string | undefined)[] = ["prime256v1", "secp384r1", "secp521r1"];

/**
 * A private key from its text, as OpenSSH, OpenSSL, cloud consoles and PuTTY write it.
 * @throws KeyProblem; never a library's own words, which may quote the key.
 */
export function readKey(pasted: string, passphrase: string | undefined): ParsedKey {
  if (/^\s*PuTTY-User-Key-File-/.test(pasted)) return puttyKey(pasted, passphrase);
  const block = keyBlock(pasted);
  // DSA is ssh2's alone: Node hands such a key out in no form that ssh2 reads.
  if (block.label === "OPENSSH" || block.label === "DSA") return ssh2Key(block, passphrase);
  return fromKeyObject(openSslKey(block, passphrase));
}

/** PKCS#8, encrypted or not, and the traditional forms of RSA and EC keys. */
function openSslKey(block: KeyBlock, passphrase: string | undefined): KeyObject {
  const encrypted = block.label === "ENCRYPTED" || block.cipher !== undefined;
  if (isCutOff(block)) throw new KeyProblem("cutOff");
  if (encrypted && passphrase === undefined) throw new KeyProblem("encrypted");
  try {
    return createPrivateKey({ key: block.text, passphrase });
  } catch (error) {
    if (!encrypted) throw new KeyProblem("damaged");
    if ((error as { code?: string }).code === "ERR_OSSL_EVP_UNSUPPORTED")
      throw new KeyProblem(
        "unusable",
        "it is encrypted with an outdated cipher: convert it with " +
          "`openssl pkcs8 -provider legacy -provider default -in KEY -topk8 -v2 aes256 -out NEW-KEY`",
      );
    // It is whole. A wrong passphrase mostly leaves wrong padding, and once in 256 times what is no key.
    throw new KeyProblem("wrongPassphrase");
  }
}

function fromKeyObject(key: KeyObject): ParsedKey {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const text =
    type === "rsa"
      ? key.export({ type: "pkcs1", format: "pem" })
      : type === "ed25519"
        ? ed25519Text(key)
        : type === "ec" && CURVES.includes(details?.namedCurve)
          ? key.export({ type: "sec1", format: "pem" })
          : undefined;
  if (text === undefined) throw unsupportedType(details?.namedCurve ?? type ?? "unknown");
  const parsed = parse(text as string, undefined);
  if (typeof parsed === "string") throw unsupportedType(`${type} with parameters of its own`);
  return parsed;
}

/** OpenSSH's own format, and DSA. */
function ssh2Key(block: KeyBlock, passphrase: string | undefined): ParsedKey {
  const openssh = block.label === "OPENSSH" ? opensshHeader(block.body) : undefined;
  const cipher = openssh ? openssh.cipher : block.cipher;
  if (!openssh && isCutOff(block)) throw new KeyProblem("cutOff");
  if (cipher !== undefined && passphrase === undefined) throw new KeyProblem("encrypted");
  // ssh2 lists it, and fails at its nonce.
  if (cipher?.startsWith("chacha20")) throw unsupportedCipher(cipher);
  const parsed = parse(block.text, passphrase);
  if (typeof parsed !== "string") return parsed;
  if (/^Unsupported OpenSSH private key type/.test(parsed)) throw unsupportedType(openssh?.type ?? "unknown");
  if (/^(Unsupported cipher|Cipher \()/.test(parsed)) throw unsupportedCipher(cipher!);
  throw new KeyProblem(cipher === undefined ? "damaged" : "wrongPassphrase");
}

/** The key, or what ssh2 says against it. */
function parse(text: string, passphrase: string | undefined): ParsedKey | string {
  const result = utils.parseKey(text, passphrase);
  const key = Array.isArray(result) ? result[0] : result;
  return key === undefined || "message" in key ? (key?.message ?? "") : key;
}

/** PuTTY's second format with RSA and DSA keys is the one that ssh2 reads. */
function puttyKey(pasted: string, passphrase: string | undefined): ParsedKey {
  const text = pasted.trim().replace(/\s*\n\s*/g, "\n");
  if (!/^PuTTY-User-Key-File-2: ssh-(rsa|dss)\n/.test(text))
    throw new KeyProblem(
      "unusable",
      "it is in PuTTY's format (.ppk), of a kind that is not supported: convert it with " +
        "`puttygen KEY.ppk -O private-openssh -o NEW-KEY`",
    );
  if (!/\nPrivate-MAC: \w+$/.test(text)) throw new KeyProblem("cutOff");
  const cipher = /\nEncryption: (?!none\n)(.*)\n/.exec(text)?.[1];
  if (cipher !== undefined && passphrase === undefined) throw new KeyProblem("encrypted");
  const parsed = parse(text, passphrase);
  if (typeof parsed === "string") throw new KeyProblem(cipher === undefined ? "damaged" : "wrongPassphrase");
  return parsed;
}

const unsupportedType = (type: string) =>
  new KeyProblem(
    "unusable",
    `it is a key of type ${type}, which is not supported: use ed25519, ECDSA or RSA`,
  );

const unsupportedCipher = (cipher: string) =>
  new KeyProblem(
    "unusable",
    `it is encrypted with ${cipher}, which is not supported: change the cipher with ` +
      "`ssh-keygen -p -Z aes256-ctr -f KEY` (the passphrase may stay the same)",
  );

/** Shorter than its own first bytes say (DER), or than whole blocks of its cipher. */
function isCutOff({ body, cipher }: KeyBlock): boolean {
  if (cipher !== undefined) return body.length === 0 || body.length % (/^DES/.test(cipher) ? 8 : 16) !== 0;
  const first = body[1] ?? 0;
  const bytes = first < 0x80 ? 0 : first & 0x7f;
  if (body.length < 2 + bytes || bytes > 4) return true;
  return body.length < 2 + bytes + (bytes === 0 ? first : body.readUIntBE(2, bytes));
}

/**
 * Cipher (`undefined` for none) and type of a key in OpenSSH's format (PROTOCOL.key): magic, cipher, KDF, its
 * options, number of keys, public key, private part, each with its length.
 * @throws KeyProblem
 */
function opensshHeader(body: Buffer): { cipher: string | undefined; type: string } {
  const magic = "openssh-key-v1\0";
  if (body.toString("latin1", 0, magic.length) !== magic) throw new KeyProblem("damaged");
  let at = magic.length;
  const part = () => {
    if (at + 4 > body.length) throw new KeyProblem("cutOff");
    const end = at + 4 + body.readUInt32BE(at);
    if (end > body.length) throw new KeyProblem("cutOff");
    const found = body.subarray(at + 4, end);
    at = end;
    return found;
  };
  const cipher = part().toString("latin1");
  part();
  part();
  at += 4;
  const publicKey = part();
  part();
  const type = publicKey.toString("latin1", 4, 4 + (publicKey.length < 4 ? 0 : publicKey.readUInt32BE(0)));
  return { cipher: cipher === "none" ? undefined : cipher, type };
}
