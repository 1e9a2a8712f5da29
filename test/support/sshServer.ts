import { spawn, type ChildProcess } from "node:child_process";
import { createServer, connect as connectTcp, type AddressInfo, type Socket } from "node:net";
import { Server, utils, type AuthContext, type Connection, type ParsedKey, type ServerChannel } from "ssh2";
import { keyPair as labKeyPair, type KeyOptions } from "../../lab/machines/keyPair";

/** What a test server does. Everything is off by default; without `password` and the like nobody gets in. */
export interface TestServerOptions {
  /** Private host keys; default is one ed25519 key. */
  hostKeys?: string[];
  password?: string;
  /** Public key line of the user who may log in. */
  publicKey?: string;
  /** Ask for the password by keyboard-interactive only, with these prompts. */
  prompts?: { prompt: string; echo: boolean }[];
  /** Let everybody in. */
  open?: boolean;
  /** Require the public key and then the password. */
  bothMethods?: boolean;
  /** Close this many connections as sshd does while it starts: at once, without a word. */
  refuseFirst?: number;
  /** Accept the TCP connection and say nothing, ever. */
  blackHole?: boolean;
  /** End the TCP connection as soon as a login method other than "none" arrives. */
  dropAtLogin?: boolean;
  /** Refuse every command. */
  refuseExec?: boolean;
  /** Close the channel of a command without an exit status. */
  noExitStatus?: boolean;
  /** Forward connections, as a bastion does. Default false: prohibited. */
  forwards?: boolean;
  /** Environment of the commands, over the process's own. */
  env?: Record<string, string>;
}

export interface TestServer {
  readonly port: number;
  /** Public lines of the host keys: `type base64`. */
  readonly hostKeyLines: string[];
  /** A known_hosts content under which this server is known as 127.0.0.1. */
  readonly knownHosts: string;
  /** Methods in the order they arrived, "none" included. */
  readonly logins: string[];
  readonly commands: string[];
  /** TCP connections so far. */
  readonly connections: number;
  /** Most commands that ran at a time. */
  readonly mostCommands: number;
  /** Ends every TCP connection without a goodbye. */
  drop(): void;
  close(): Promise<void>;
}

/** A key pair of its own, private part optionally encrypted. */
export function keyPair(type?: KeyOptions["type"], passphrase?: string) {
  const pair = labKeyPair("", { type, passphrase });
  return { private: pair.private, public: pair.public.trim() };
}

/** A real SSH server in this process, on 127.0.0.1 and a free port; commands are real processes of /bin/sh. */
export async function startSshServer(options: TestServerOptions = {}): Promise<TestServer> {
  const hostKeys = options.hostKeys ?? [keyPair().private];
  const sockets = new Set<Socket>();
  const children = new Set<ChildProcess>();
  const logins: string[] = [];
  const commands: string[] = [];
  let connections = 0;
  let running = 0;
  let mostCommands = 0;

  const ssh = new Server({ hostKeys }, (connection: Connection, _info) => {
    let keyAccepted = false;
    connection.on("error", () => {});
    connection.on("authentication", (ctx) => {
      logins.push(ctx.method);
      if (options.dropAtLogin && ctx.method !== "none") return dropAll();
      const step = judge(ctx, options, keyAccepted);
      if (step === "accept") return ctx.accept();
      if (step === "partial") {
        keyAccepted = true;
        return ctx.reject(["password"], true);
      }
      if (step !== "asked") ctx.reject(methodsOf(options) as never);
    });
    connection.on("session", (accept) => {
      accept().on("exec", (acceptExec, rejectExec, { command }) => {
        commands.push(command);
        if (options.refuseExec) return rejectExec();
        mostCommands = Math.max(mostCommands, ++running);
        run(acceptExec(), command, () => running--);
      });
    });
    connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
      if (!options.forwards) return reject();
      const onward = connectTcp(destPort, destIP);
      sockets.add(onward);
      let channel: ServerChannel | undefined;
      onward.on("connect", () => {
        channel = accept();
        channel.on("error", () => {});
        channel.on("close", () => onward.destroy());
        onward.pipe(channel).pipe(onward);
      });
      onward.on("error", () => (channel ? channel.close() : reject()));
      onward.on("close", () => channel?.close());
    });
  });

  function run(channel: ServerChannel, command: string, ended: () => void): void {
    const child = spawn("/bin/sh", ["-c", command], {
      env: { ...process.env, ...options.env },
      // A process group of its own, so that `close` ends the command's children too.
      detached: true,
    });
    children.add(child);
    channel.on("error", () => {});
    channel.pipe(child.stdin).on("error", () => {});
    child.stdout.on("data", (chunk) => channel.write(chunk));
    child.stderr.on("data", (chunk) => channel.stderr.write(chunk));
    child.on("close", (code, signal) => {
      children.delete(child);
      ended();
      if (!options.noExitStatus) {
        if (signal) channel.exit(signal.replace(/^SIG/, ""), false, "");
        else channel.exit(code ?? 255);
      }
      channel.close();
    });
    channel.on("close", () => {
      child.stdin.destroy();
    });
  }

  const front = createServer((socket) => {
    connections++;
    sockets.add(socket.setNoDelay(true));
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    if (options.blackHole) return;
    if (connections <= (options.refuseFirst ?? 0)) return void socket.destroy();
    ssh.injectSocket(socket);
  });
  const dropAll = () => sockets.forEach((socket) => socket.destroy());
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  const { port } = front.address() as AddressInfo;
  const hostKeyLines = hostKeys.map((key) => {
    const parsed = utils.parseKey(key) as ParsedKey;
    return `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
  });

  return {
    port,
    hostKeyLines,
    knownHosts: hostKeyLines.map((line) => `[127.0.0.1]:${port} ${line}\n`).join(""),
    logins,
    commands,
    get connections() {
      return connections;
    },
    get mostCommands() {
      return mostCommands;
    },
    drop: dropAll,
    close: async () => {
      children.forEach(killGroup);
      dropAll();
      await new Promise((resolve) => front.close(resolve));
    },
  };
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, "SIGKILL");
  } catch {
    // It ended by itself in this moment.
  }
}

/** The methods that a server with these options names after a refusal. */
function methodsOf(options: TestServerOptions): string[] {
  if (options.prompts) return ["keyboard-interactive"];
  if (options.bothMethods) return ["publickey"];
  return [...(options.publicKey ? ["publickey"] : []), ...(options.password ? ["password"] : [])];
}

function judge(
  ctx: AuthContext,
  options: TestServerOptions,
  keyAccepted: boolean,
): "accept" | "partial" | "reject" | "asked" {
  if (options.open) return "accept";
  switch (ctx.method) {
    case "password":
      if (options.bothMethods && !keyAccepted) return "reject";
      return options.password !== undefined && ctx.password === options.password ? "accept" : "reject";
    case "publickey": {
      if (options.publicKey === undefined) return "reject";
      const key = utils.parseKey(options.publicKey) as ParsedKey;
      if (!key.getPublicSSH().equals(ctx.key.data)) return "reject";
      if (ctx.signature && ctx.blob && !key.verify(ctx.blob, ctx.signature, ctx.hashAlgo)) return "reject";
      return options.bothMethods && ctx.signature ? "partial" : "accept";
    }
    case "keyboard-interactive":
      if (!options.prompts) return "reject";
      ctx.prompt(options.prompts, (answers) =>
        answers.length === 1 && answers[0] === options.password
          ? ctx.accept()
          : ctx.reject(["keyboard-interactive"]),
      );
      return "asked";
    default:
      return "reject";
  }
}
