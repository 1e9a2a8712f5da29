import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect, type AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { type Account, withAccounts } from "./accounts";
import { given, programs } from "./needs";
import { killAll, processTree, sendAll } from "./processTree";

const SSHD = "/usr/sbin/sshd";

/** OpenSSH's client tools and server. */
export const openSsh = programs("openssh-server openssh-client", "sshd", "ssh-keygen", "ssh");

/** The tests that need OpenSSH. */
export function withOpenSsh(name: string, tests: () => void): void {
  given(name, openSsh).describe(name, tests);
}

/** A temporary folder that only this user can enter. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "ssh-test-"));
}

/** Makes a key pair with ssh-keygen; gives the private key's path. */
export function generateKey(folder: string, name: string, type = "ed25519", passphrase = ""): string {
  const path = join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", name, "-f", path]);
  return path;
}

/** A running OpenSSH server. */
export interface Sshd {
  readonly port: number;
  readonly folder: string;
  /** Private key's path of the user that may log in. */
  readonly userKey: string;
  readonly user: string;
  readonly knownHosts: string;
  /** The server and everything that came of it, detached jobs not among them, are killed: nobody listens. */
  stop(): Promise<void>;
  /** Listens again, at the same port with the same keys. */
  start(): Promise<void>;
  /** SIGSTOP to the server and its sessions, or SIGCONT: a machine that stands still. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts sshd on 127.0.0.1 and a free port, with host keys of three types and everything in a temporary folder.
 * @param accounts who may log in besides this user, all with the same key; needs root
 */
export async function startSshd(extraConfig = "", accounts: readonly Account[] = []): Promise<Sshd> {
  const folder = temporaryFolder();
  const port = await freePort();
  const hostKeys = ["ed25519", "ecdsa", "rsa"].map((type) => generateKey(folder, `host_${type}`, type));
  const userKey = generateKey(folder, "user");
  const authorized = join(folder, "authorized_keys");
  writeFileSync(authorized, readFileSync(`${userKey}.pub`));
  chmodSync(authorized, 0o644);
  const config = join(folder, "sshd_config");
  writeFileSync(
    config,
    `ListenAddress 127.0.0.1:${port}
${hostKeys.map((key) => `HostKey ${key}`).join("\n")}
AuthorizedKeysFile ${authorized}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp
${extraConfig}
`,
  );
  // OpenSSH's privilege separation folder; the system's own service would make it at boot.
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const command = [
    ...(accounts.length > 0 ? withAccounts(folder, accounts) : []),
    SSHD,
    "-D",
    "-e",
    "-f",
    config,
  ];
  let { sshd, ended } = await run(command, port);
  const signal = async (name: NodeJS.Signals) => {
    sendAll(await processTree(sshd.pid!), name);
  };
  const lines = hostKeys.map((key) => readFileSync(`${key}.pub`, "utf8").split(" ").slice(0, 2).join(" "));
  return {
    port,
    folder,
    userKey,
    user: userInfo().username,
    knownHosts: lines.map((line) => `[127.0.0.1]:${port} ${line}\n`).join(""),
    stop: async () => {
      killAll(await processTree(sshd.pid!));
      await ended;
    },
    start: async () => void ({ sshd, ended } = await run(command, port)),
    pause: () => signal("SIGSTOP"),
    resume: () => signal("SIGCONT"),
    close: async () => {
      await signal("SIGCONT");
      sshd.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function run([program, ...args]: readonly string[], port: number) {
  const sshd = spawn(program!, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  sshd.stderr.on("data", (chunk) => (said += chunk));
  const ended = new Promise<void>((resolve) => sshd.once("exit", () => resolve()));
  for (let tries = 0; !(await listens(port)); tries++) {
    if (tries > 200 || sshd.exitCode !== null) throw new Error(`sshd did not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return { sshd, ended };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
