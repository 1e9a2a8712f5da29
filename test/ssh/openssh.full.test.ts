import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "../../provider/secrets/secret";
import { NodeConnection } from "../../provider/ssh/nodeConnection";
import { refusalOf, useServers } from "../support/connections";
import { generateKey, startSshd, temporaryFolder, withOpenSsh, type Sshd } from "../support/openssh";

withOpenSsh("against a real OpenSSH server", () => {
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

  const settings = (more = {}) => ({
    host: "127.0.0.1",
    port: sshd.port,
    user: sshd.user,
    privateKey: new Secret(readFileSync(sshd.userKey, "utf8")),
    knownHosts: sshd.knownHosts,
    perDialTimeout: 60,
    ...more,
  });

  test("commands, exit statuses, signals, input", async () => {
    const ssh = await connection(settings());
    expect(await ssh.exec("echo out; echo err >&2; exit 3")).toMatchObject({
      stdout: "out\n",
      stderr: "err\n",
      code: 3,
    });
    expect(await ssh.exec("kill -9 $$")).toMatchObject({ code: null, signal: "SIGKILL", lost: false });
    expect((await ssh.exec("wc -c", { stdin: Buffer.alloc(5_000_000) })).stdout.trim()).toBe("5000000");
    expect((await ssh.exec("head -c 5000000 /dev/zero | tr '\\0' x")).stdout).toHaveLength(5_000_000);
    expect((await ssh.exec("tty; cat; echo end")).stdout).toBe("not a tty\nend\n");
  });

  test("twenty commands at once stay below MaxSessions", async () => {
    const ssh = await connection(settings());
    const results = await Promise.all(Array.from({ length: 20 }, (_, n) => ssh.exec(`echo ${n}`)));
    expect(results.map(({ stdout }) => Number(stdout))).toEqual(results.map((_, n) => n));
  });

  test("a session killed on the server is lost; the next use dials again", async () => {
    const node = keep(new NodeConnection(settings()));
    // $PPID of the user's shell is the sshd process of this session.
    expect(await node.exec("kill -9 $PPID")).toMatchObject({ lost: true, code: null });
    expect((await node.exec("echo again")).stdout).toBe("again\n");
  });

  test.each(["host_ed25519", "host_ecdsa", "host_rsa"])("known only by its %s key", async (name) => {
    const key = readFileSync(join(sshd.folder, `${name}.pub`), "utf8");
    await connection(settings({ hostKey: key, knownHosts: "" }));
    await connection(settings({ knownHosts: `[127.0.0.1]:${sshd.port} ${key}` }));
  });

  test("an unknown server, and a key that it does not accept", async () => {
    await refusalOf(settings({ knownHosts: "" }), "hostKeyUnknown");
    const other = readFileSync(generateKey(folder, "other"), "utf8");
    const error = await refusalOf(settings({ privateKey: new Secret(other) }), "authentication");
    expect(error.message).toContain("publickey");
  });

  test.each(["ed25519", "ecdsa", "rsa"])("an encrypted %s key of ssh-keygen's", async (type) => {
    const path = generateKey(folder, `locked_${type}`, type, "pass phrase");
    const privateKey = new Secret(readFileSync(path, "utf8"));
    const refused = { privateKey, privateKeyPassword: new Secret("wrong") };
    expect((await refusalOf(settings(refused), "badKey")).message).toContain("privateKeyPassword is wrong");
    expect((await refusalOf(settings({ privateKey }), "badKey")).message).toContain("set privateKeyPassword");
    // Readable, if not accepted there.
    await refusalOf(
      settings({ privateKey, privateKeyPassword: new Secret("pass phrase") }),
      "authentication",
    );
  });

  test("a key that only the agent holds", async () => {
    const socket = join(folder, "agent.sock");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    try {
      while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 10));
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      execFileSync("ssh-add", ["-q", generateKey(folder, "unrelated", "rsa")], { env, stdio: "ignore" });
      execFileSync("ssh-add", ["-q", sshd.userKey], { env, stdio: "ignore" });
      await connection(settings({ privateKey: undefined, agentSocketPath: socket }));
      // Without any other field the runner's agent counts, as for ssh.
      process.env["SSH_AUTH_SOCK"] = socket;
      await connection(settings({ privateKey: undefined }));
    } finally {
      delete process.env["SSH_AUTH_SOCK"];
      agent.kill();
    }
  });

  test("through a second sshd as the bastion", async () => {
    const bastion = keep(await startSshd());
    const proxy = {
      host: "127.0.0.1",
      port: bastion.port,
      user: bastion.user,
      privateKey: new Secret(readFileSync(bastion.userKey, "utf8")),
      hostKey: readFileSync(join(bastion.folder, "host_ecdsa.pub"), "utf8"),
    };
    const ssh = await connection(settings({ proxy }));
    expect((await ssh.exec("echo through")).stdout).toBe("through\n");

    const closed = keep(await startSshd("AllowTcpForwarding no"));
    const prohibited = { ...proxy, port: closed.port, hostKey: undefined, privateKey: new Secret(readFileSync(closed.userKey, "utf8")) }; // prettier-ignore
    const error = await refusalOf(
      settings({ proxy: prohibited, knownHosts: sshd.knownHosts + closed.knownHosts }),
      "refused",
    );
    expect([error.hop, error.message]).toEqual(["bastion", expect.stringContaining("AllowTcpForwarding")]);
  });

  test("an upload, and the same again", async () => {
    const data = randomBytes(20_000_000);
    const sha256 = createHash("sha256").update(data).digest("hex");
    const local = join(folder, "package");
    const remote = join(folder, "staging", "package.rpm");
    writeFileSync(local, data);
    const ssh = await connection(settings());
    expect(await ssh.upload(local, remote, { sha256 })).toMatchObject({ skipped: false });
    expect(readFileSync(remote).equals(data)).toBe(true);
    expect(await ssh.upload(local, remote, { sha256 })).toMatchObject({ skipped: true });
    expect(existsSync(`${remote}.part`)).toBe(false);
  });
});
