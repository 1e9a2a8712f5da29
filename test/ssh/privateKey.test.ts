import { createPublicKey, generateKeyPairSync, verify, type KeyObject } from "node:crypto";
import { keyPair } from "../../lab/machines/keyPair";
import { Secret } from "../../provider/secrets/secret";
import { loadPrivateKey } from "../../provider/ssh/privateKey";
import { targetOf } from "../../provider/ssh/settings";
import type { SshError } from "../../provider/ssh/sshError";

function load(privateKey: string, passphrase?: string) {
  const privateKeyPassword = passphrase === undefined ? undefined : new Secret(passphrase);
  return loadPrivateKey(
    targetOf({ host: "node", privateKey: new Secret(privateKey), privateKeyPassword }, "node"),
  )!;
}

function refusal(privateKey: string, passphrase?: string): string {
  try {
    load(privateKey, passphrase);
  } catch (error) {
    expect(error).toMatchObject({ kind: "badKey" });
    return (error as SshError).message;
  }
  throw new Error("it was read");
}

const kinds: Readonly<Record<string, KeyObject>> = {
  rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
  "ecdsa P-256": generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
  "ecdsa P-384": generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey,
  "ecdsa P-521": generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey,
  ed25519: generateKeyPairSync("ed25519").privateKey,
};
const pkcs8 = (key: KeyObject, passphrase?: string) => {
  const encrypted = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
  return key.export({ type: "pkcs8", format: "pem", ...encrypted }) as string;
};
const traditional = (key: KeyObject, cipher: string, passphrase: string) =>
  key.export({
    ...{ type: key.asymmetricKeyType === "rsa" ? "pkcs1" : "sec1", format: "pem", cipher, passphrase },
  } as never) as unknown as string;

/** It signs as the key does that it was made from. */
function expectSame(text: string, key: KeyObject, passphrase?: string): void {
  const data = Buffer.from("data");
  const loaded = load(text, passphrase);
  const hash = { rsa: "sha256", "ecdsa P-256": "sha256", "ecdsa P-384": "sha384", "ecdsa P-521": "sha512" };
  const name = Object.keys(kinds).find((each) => kinds[each] === key)!;
  const own = hash[name as "rsa"] ?? null;
  const signature = loaded.sign(data, own ?? undefined);
  expect(verify(own, data, createPublicKey(key), signature)).toBe(true);
  expect(loaded.getPublicSSH().length).toBeGreaterThan(40);
}

describe.each(Object.entries(kinds))("%s", (_name, key) => {
  test("PKCS#8 (BEGIN PRIVATE KEY)", () => {
    expectSame(pkcs8(key), key);
    // Whoever sets a passphrase for a key that has none.
    expectSame(pkcs8(key), key, "any");
  });

  test("encrypted PKCS#8 (BEGIN ENCRYPTED PRIVATE KEY): right, wrong and missing passphrase", () => {
    const text = pkcs8(key, "correct horse ü");
    expectSame(text, key, "correct horse ü");
    expect(refusal(text)).toContain("privateKey is encrypted: set privateKeyPassword");
    expect(refusal(text, "")).toContain("privateKey is encrypted: set privateKeyPassword");
    expect(refusal(text, "battery")).toContain("privateKeyPassword is wrong");
  });
});

test.each(["aes-128-cbc", "aes-256-cbc", "des-ede3-cbc"])(
  "traditional PEM (Proc-Type: 4,ENCRYPTED), %s: right, wrong and missing passphrase",
  (cipher) => {
    for (const key of [kinds["rsa"]!, kinds["ecdsa P-256"]!]) {
      const text = traditional(key, cipher, "correct horse");
      expect(text).toContain("Proc-Type: 4,ENCRYPTED");
      expectSame(text, key, "correct horse");
      expect(refusal(text)).toContain("set privateKeyPassword");
      expect(refusal(text, "battery")).toContain("privateKeyPassword is wrong");
    }
  },
);

test("a wrong passphrase that leaves right padding, as one in 256 does, is a wrong passphrase", () => {
  const text = traditional(kinds["ecdsa P-256"]!, "aes-128-cbc", "correct horse");
  for (let tries = 0; tries < 700; tries++)
    expect(refusal(text, `wrong ${tries}`)).toContain("privateKeyPassword is wrong");
});

describe("as it is pasted", () => {
  const text = {
    openssh: keyPair("k").private,
    pkcs8: pkcs8(kinds["ed25519"]!),
    traditional: traditional(kinds["rsa"]!, "aes-128-cbc", "pass"),
  };
  test.each<[string, (text: string) => string]>([
    ["indented, as in a YAML block", (key) => key.replace(/^/gm, "      ")],
    ["indented by tabs", (key) => key.replace(/^/gm, "\t")],
    ["with Windows line ends", (key) => key.replaceAll("\n", "\r\n")],
    ["without the last line end", (key) => key.trimEnd()],
    [
      "with blanks behind the lines and empty lines around",
      (key) => `\n\n${key.replaceAll("\n", "  \n")}\n\n`,
    ],
    ["on one line with \\n, as in JSON and CI variables", (key) => key.trim().replaceAll("\n", "\\n")],
    ["on one line with \\r\\n", (key) => key.trim().replaceAll("\n", "\\r\\n")],
    ["on one line with blanks", (key) => key.trim().replaceAll("\n", " ")],
    ["in quotes", (key) => `"${key.trim()}"`],
    ["with a byte order mark", (key) => `\uFEFF${key}`],
    ["behind what OpenSSL writes before it", (key) => `Bag Attributes\n    friendlyName: x\n${key}`],
  ])("%s", (_name, paste) => {
    for (const key of Object.values(text))
      expect(load(paste(key), "pass").getPublicSSH()).toEqual(load(key, "pass").getPublicSSH());
  });

  const whole = [...Object.values(text), keyPair("k", { type: "rsa", passphrase: "pass" }).private];
  test("cut off anywhere behind its first line, it is called cut off", () => {
    for (const key of whole)
      for (let at = 40; at < key.trimEnd().length - 1; at += 7)
        expect([at, refusal(key.slice(0, at), "pass")]).toEqual([
          at,
          expect.stringContaining("it is cut off"),
        ]);
  });

  test("with a line missing in the middle, too", () => {
    for (const key of whole) {
      const lines = key.trimEnd().split("\n");
      const found = lines
        .slice(4, -1)
        .map((_line, index) => refusal(lines.toSpliced(4 + index, 1).join("\n"), "pass"));
      // Of a traditional encrypted one nothing tells how long it was.
      const words = key === text.traditional ? /cut off|privateKeyPassword is wrong/ : /it is cut off/;
      for (const each of found) expect(each).toMatch(words);
    }
  });

  test("without its first line", () => {
    for (const key of whole) expect(refusal(key.slice(key.indexOf("\n")), "pass")).toContain("cut off");
    expect(refusal(text.openssh.split("\n").slice(1, -2).join("\n"))).toContain("cut off");
  });

  test("damaged", () => {
    expect(refusal(text.openssh.replace(/\n..../, "\n%§%§"))).toContain("it is damaged (it holds characters");
    expect(refusal(text.pkcs8.replace(/\nM.../, "\nMAAA"))).toMatch(/damaged|cut off/);
  });
});

describe("what is no key, or none of ours, is named with its way out", () => {
  const ppk = (version: number, type: string) =>
    `PuTTY-User-Key-File-${version}: ${type}\nEncryption: none\n`;
  test.each<[string, string, RegExp]>([
    ["a path", "/root/.ssh/id_ed25519", /not a path/],
    ["nothing", "", /expected the text of the key/],
    ["a public key", keyPair("k").public, /holds a public key: give the private one/],
    ["a public key of OpenSSL's", createPublicKey(kinds["rsa"]!).export({ type: "spki", format: "pem" }) as string, /holds a public key/], // prettier-ignore
    [
      "a certificate",
      "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
      /holds a certificate/,
    ],
    [
      "base64 of a key",
      Buffer.from(keyPair("k").private).toString("base64"),
      /base64 of a key: decode it first/,
    ],
    ["PuTTY's format 3", ppk(3, "ssh-ed25519"), /`puttygen KEY.ppk -O private-openssh -o NEW-KEY`/],
    ["PuTTY's format 2, ed25519", ppk(2, "ssh-ed25519"), /`puttygen KEY.ppk -O private-openssh/],
    ["ssh.com's format", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n", /`ssh-keygen -i -f KEY > NEW-KEY`/],
    ["an Ed448 key", pkcs8(generateKeyPairSync("ed448").privateKey), /type ed448.*use ed25519, ECDSA or RSA/],
    [
      "a curve of others",
      pkcs8(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey),
      /type secp256k1/,
    ],
    ["a key for RSA-PSS only", pkcs8(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).privateKey), /type rsa-pss/], // prettier-ignore
  ])("%s", (_name, text, message) => {
    expect(refusal(text)).toMatch(message);
  });
});

test("no refusal shows anything of the key or its passphrase", () => {
  const secret = "correct horse battery";
  const key = keyPair("k", { passphrase: secret }).private;
  const body = key.split("\n")[1]!;
  for (const text of [
    key,
    key.slice(0, 200),
    key.replace(/\n/, "\n%"),
    `${key.slice(40)}`,
    pkcs8(kinds["rsa"]!, secret),
  ])
    for (const passphrase of [undefined, `${secret} wrong`]) {
      const said = refusal(text, passphrase);
      expect(said).not.toContain(secret);
      for (let at = 0; at + 8 < body.length; at += 4) expect(said).not.toContain(body.slice(at, at + 8));
    }
});
