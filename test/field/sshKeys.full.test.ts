/** Private keys as OpenSSH's, OpenSSL's and PuTTY's own tools write them, and servers that sign only with SHA-512. */
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "../../provider/secrets/secret";
import type { ConnectionSettings } from "../../provider/ssh/settings";
import { refusalOf, useServers } from "../support/connections";
import { given, programs } from "../support/needs";
import { openSsh, startSshd, temporaryFolder, type Sshd } from "../support/openssh";

given("OpenSSH and OpenSSL", openSsh, programs("openssl", "openssl")).describe("field, section 7", () => {
  const { connection, keep } = useServers();
  let sshd: Sshd;
  let folder: string;
  beforeAll(async () => {
    delete process.env["SSH_AUTH_SOCK"];
    folder = temporaryFolder();
    sshd = await startSshd();
  });
  afterAll(async () => {
    await sshd.close();
    rmSync(folder, { recursive: true });
  });

  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { stdio: ["ignore", "pipe", "ignore"] });
  const accept = (line: string | Buffer, server = sshd) =>
    appendFileSync(join(server.folder, "authorized_keys"), line);
  /** Makes a key pair that the server accepts; its passphrase is "right". */
  const keyOf = (type: string, more: readonly string[] = ["-N", "right", "-a", "2"], server = sshd) => {
    const path = join(folder, `key-${Math.random()}`);
    const [kind, bits] = type.split("-");
    run("ssh-keygen", "-q", "-t", kind!, ...(bits ? ["-b", bits] : []), "-f", path, ...more);
    accept(readFileSync(`${path}.pub`), server);
    return path;
  };
  const settings = (more: Partial<ConnectionSettings>, server = sshd): ConnectionSettings => ({
    ...{
      host: "127.0.0.1",
      port: server.port,
      user: server.user,
      knownHosts: server.knownHosts,
      perDialTimeout: 60,
    },
    ...more,
  });
  const withKey = (text: string, passphrase?: string) =>
    settings({
      privateKey: new Secret(text),
      privateKeyPassword: passphrase === undefined ? undefined : new Secret(passphrase),
    });
  const works = async (it: ConnectionSettings) =>
    expect((await (await connection(it)).execAsRoot("echo in")).stdout).toBe("in\n");
  /** The right passphrase works; a wrong and a missing one are called that. */
  const locked = async (text: string) => {
    await works(withKey(text, "right"));
    expect((await refusalOf(withKey(text, "wrong"), "badKey")).message).toContain(
      "privateKeyPassword is wrong",
    );
    expect((await refusalOf(withKey(text), "badKey")).message).toContain(
      "is encrypted: set privateKeyPassword",
    );
  };

  describe("PKCS#8, as OpenSSL and cloud consoles write it, works", () => {
    test.each(["rsa", "ecdsa-256", "ecdsa-384", "ecdsa-521"])("%s", async (type) => {
      const path = keyOf(type, ["-N", "", "-m", "PEM"]);
      const plain = run("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", path).toString();
      expect(plain).toMatch(/^-----BEGIN PRIVATE KEY-----/);
      await works(withKey(plain));
      for (const cipher of [["-v2", "aes256"], ["-v2", "des3"], ["-scrypt"], ["-v1", "PBE-SHA1-3DES"]]) {
        const text = run(
          "openssl",
          "pkcs8",
          "-topk8",
          "-in",
          path,
          "-passout",
          "pass:right",
          ...cipher,
        ).toString();
        expect(text).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
        await locked(text);
      }
      await locked(readFileSync(keyOf(type, ["-N", "right", "-m", "PKCS8"]), "utf8"));
    });

    test("ed25519", async () => {
      const path = join(folder, "own-ed25519");
      run("openssl", "genpkey", "-algorithm", "ed25519", "-out", path);
      // OpenSSH 9.2 reads no such file: its public line is put together here.
      const own = run("openssl", "pkey", "-in", path, "-pubout", "-outform", "DER").subarray(-32);
      const blob = Buffer.concat([Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20"), own]);
      accept(`ssh-ed25519 ${blob.toString("base64")}\n`);
      await works(withKey(readFileSync(path, "utf8")));
      await locked(run("openssl", "pkcs8", "-topk8", "-in", path, "-passout", "pass:right").toString());
    });

    test("an outdated cipher is named, with a line that converts it", async () => {
      const legacy = ["-provider", "legacy", "-provider", "default"];
      const path = keyOf("rsa", ["-N", "", "-m", "PEM"]);
      const [old, changed] = [`${path}.old`, `${path}.new`];
      const pass = ["-passin", "pass:right", "-passout", "pass:right"];
      run("openssl", "pkcs8", ...legacy, "-topk8", "-v1", "PBE-MD5-DES", "-in", path, "-out", old, "-passout", "pass:right"); // prettier-ignore
      const { message } = await refusalOf(withKey(readFileSync(old, "utf8"), "right"), "badKey");
      const [program, ...words] = /outdated cipher: convert it with `(.*)`/.exec(message)![1]!.split(" ");
      run(program!, ...words.map((word) => ({ KEY: old, "NEW-KEY": changed })[word] ?? word), ...pass);
      await locked(readFileSync(changed, "utf8"));
    });
  });

  describe("each cipher of OpenSSH's own key format works, or is named with the line that converts it", () => {
    const ciphers = openSsh() === null ? run("ssh", "-Q", "cipher").toString().trim().split("\n") : ["none"];
    test.each(ciphers)("%s", async (cipher) => {
      for (const type of ["ed25519", "ecdsa-256", "rsa"]) {
        const path = keyOf(type, ["-N", "right", "-a", "2", "-Z", cipher]);
        if (!cipher.startsWith("chacha20")) {
          await locked(readFileSync(path, "utf8"));
          continue;
        }
        const { message } = await refusalOf(withKey(readFileSync(path, "utf8"), "right"), "badKey");
        const [, named, line] = /encrypted with (\S+), which.*with `(.*)`/.exec(message)!;
        expect(named).toBe(cipher);
        const [program, ...words] = line!.split(" ");
        run(program!, ...words.map((word) => (word === "KEY" ? path : word)), "-P", "right", "-N", "right");
        await locked(readFileSync(path, "utf8"));
      }
    });
  });

  test.each(["rsa", "ecdsa-256"])("traditional PEM (Proc-Type: 4,ENCRYPTED): %s", async (type) => {
    const text = readFileSync(keyOf(type, ["-N", "right", "-m", "PEM"]), "utf8");
    expect(text).toContain("Proc-Type: 4,ENCRYPTED");
    await locked(text);
  });

  test.each<[string, (text: string) => string]>([
    ["indented (YAML)", (text) => text.replace(/^/gm, "    ")],
    ["with CRLF", (text) => text.replaceAll("\n", "\r\n")],
    ["without the last newline", (text) => text.trimEnd()],
    ["on one line with \\n", (text) => text.trimEnd().replaceAll("\n", "\\n")],
  ])("pasted %s works", async (_name, paste) => {
    await works(withKey(paste(readFileSync(sshd.userKey, "utf8"))));
    await locked(paste(readFileSync(keyOf("rsa", ["-N", "right", "-m", "PEM"]), "utf8")));
    await locked(paste(readFileSync(keyOf("ed25519"), "utf8")));
  });

  test("cut off in the middle, a public key, a path: called that", async () => {
    const text = readFileSync(sshd.userKey, "utf8");
    expect((await refusalOf(withKey(text.slice(0, 200)), "badKey")).message).toContain("it is cut off");
    const halves = [text.slice(0, 150), text.slice(220)];
    expect((await refusalOf(withKey(halves.join("")), "badKey")).message).toContain("it is cut off");
    const shared = readFileSync(`${sshd.userKey}.pub`, "utf8");
    expect((await refusalOf(withKey(shared), "badKey")).message).toContain("it holds a public key");
    expect((await refusalOf(withKey(sshd.userKey), "badKey")).message).toContain("not a path to it");
  });

  given("PuTTY's keys", programs("putty-tools", "puttygen")).test(
    "PuTTY's .ppk is named, with a line that converts it",
    async () => {
      const path = keyOf("ed25519", ["-N", ""]);
      run("puttygen", path, "-O", "private", "-o", `${path}.ppk`);
      const text = readFileSync(`${path}.ppk`, "utf8");
      const { message } = await refusalOf(withKey(text), "badKey");
      const [program, ...words] = /PuTTY's format.*with `(.*)`/.exec(message)![1]!.split(" ");
      run(
        program!,
        ...words.map((word) => ({ "KEY.ppk": `${path}.ppk`, "NEW-KEY": `${path}.new` })[word] ?? word),
      );
      await works(withKey(readFileSync(`${path}.new`, "utf8")));
      // RSA in PuTTY's format 2 is read.
      const rsa = keyOf("rsa", ["-N", ""]);
      run("puttygen", rsa, "-O", "private", "--ppk-param", "version=2", "-o", `${rsa}.ppk`);
      await works(withKey(readFileSync(`${rsa}.ppk`, "utf8").replaceAll("\n", "\r\n")));
    },
  );

  describe("a server that allows only what ssh2 does not have is told, with the setting to change", () => {
    test.each([
      ["KexAlgorithms", "sntrup761x25519-sha512@openssh.com"],
      ["MACs", "umac-64-etm@openssh.com\nCiphers aes256-ctr"],
    ])("%s %s", async (setting, value) => {
      const strict = keep(await startSshd(`${setting} ${value}`));
      const { message } = await refusalOf(settings({}, strict), "handshake");
      const [, named, example] = /Add one to (\w+) in its sshd_config, for example (\S+)$/.exec(message)!;
      expect(named).toBe(setting);
      const open = keep(await startSshd(`${setting} ${example}\n${value.split("\n").slice(1).join("\n")}`));
      await works(settings({ privateKey: new Secret(readFileSync(open.userKey, "utf8")) }, open));
    });
  });

  describe("a server that knows only rsa-sha2-512", () => {
    test("as its host key's signature", async () => {
      const strict = keep(await startSshd("HostKeyAlgorithms rsa-sha2-512"));
      const privateKey = new Secret(readFileSync(strict.userKey, "utf8"));
      await works(settings({ privateKey }, strict));
      await works(
        settings({ privateKey, hostKey: readFileSync(join(strict.folder, "host_rsa.pub"), "utf8") }, strict),
      );
    });

    test.each(["rsa-sha2-512", "rsa-sha2-256"])(
      "as the user's signature, from the key and from an agent: %s",
      async (only) => {
        const strict = keep(await startSshd(`PubkeyAcceptedAlgorithms ${only}`));
        const path = keyOf("rsa", ["-N", ""], strict);
        await works(settings({ privateKey: new Secret(readFileSync(path, "utf8")) }, strict));
        const socket = join(folder, `agent-${only}`);
        const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
        try {
          while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 10));
          const add = (key: string) => execFileSync("ssh-add", ["-q", key], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: "ignore" }); // prettier-ignore
          for (const type of ["rsa", "ed25519"]) add(keyOf(type, ["-N", ""]));
          add(path);
          await works(settings({ agentSocketPath: socket }, strict));
        } finally {
          agent.kill();
        }
      },
    );
  });
});
