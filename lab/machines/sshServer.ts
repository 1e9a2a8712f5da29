import { timingSafeEqual } from "node:crypto";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Server as SshServer, utils, type AuthContext, type Connection, type ParsedKey } from "ssh2";
import { serveSession, type Login } from "./session";
import type { LabUsers } from "./users";

export interface SshServerOptions {
  /** OpenSSH PEM text. */
  readonly hostKey: string;
  /** The public key that every user may log in with, as a line. */
  readonly authorizedKey: string;
  readonly users: LabUsers;
  login(user: string): Login;
}

/** One attempt to log in. */
export interface LoginAttempt {
  readonly user: string;
  readonly method: string;
  readonly accepted: boolean;
}

/** A node's sshd, on a port of the loopback interface that it keeps across stop and start. */
export class NodeSshServer {
  /** Every attempt with a key or a password. */
  readonly attempts: LoginAttempt[] = [];
  readonly #listener: Server;
  readonly #ssh: SshServer;
  readonly #sockets = new Set<Socket>();
  readonly #authorized: ParsedKey;
  #port = 0;

  constructor(readonly options: SshServerOptions) {
    this.#authorized = utils.parseKey(options.authorizedKey) as ParsedKey;
    this.#ssh = new SshServer({ hostKeys: [options.hostKey], ident: "chef-backend-lab" }, (client) =>
      this.#serve(client),
    );
    this.#listener = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => this.#sockets.delete(socket));
      socket.setNoDelay(true);
      this.#ssh.injectSocket(socket);
    });
  }

  get port(): number {
    return this.#port;
  }

  get listening(): boolean {
    return this.#listener.listening;
  }

  /** Starts to listen, on the same port as before. */
  async start(): Promise<void> {
    if (this.#listener.listening) return;
    await new Promise<void>((resolve, reject) => {
      this.#listener.once("error", reject);
      this.#listener.listen(this.#port, "127.0.0.1", () => {
        this.#listener.off("error", reject);
        resolve();
      });
    });
    this.#port = (this.#listener.address() as AddressInfo).port;
  }

  /** No further connections; the present ones go on. */
  stop(): void {
    if (this.#listener.listening) this.#listener.close();
  }

  /** Cuts all connections. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Packets vanish from now on, in both directions, on the present connections. */
  freeze(): void {
    for (const socket of this.#sockets) {
      socket.pause();
      socket.cork();
    }
  }

  #serve(client: Connection): void {
    const ends = new Set<() => void>();
    let user = "";
    client.on("error", () => undefined);
    client.on("authentication", (context) => {
      const accepted = this.#accepts(context);
      if (context.method === "password" || (context.method === "publickey" && context.signature))
        this.attempts.push({ user: context.username, method: context.method, accepted });
      if (!accepted) return context.reject(["publickey", "password"]);
      user = context.username;
      context.accept();
    });
    client.on("ready", () => {
      client.on("session", (accept) => ends.add(serveSession(accept(), this.options.login(user))));
      client.on("tcpip", (accept, reject, info) => {
        // A node can serve as a bastion for the others.
        const socket = connect(info.destPort, info.destIP);
        socket.once("error", () => reject?.());
        socket.once("connect", () => {
          const channel = accept();
          socket.removeAllListeners("error").on("error", () => channel.end());
          channel.on("error", () => socket.destroy());
          channel.once("close", () => socket.destroy());
          socket.pipe(channel).pipe(socket);
        });
      });
    });
    client.once("close", () => ends.forEach((end) => end()));
  }

  #accepts(context: AuthContext): boolean {
    const user = this.options.users[context.username];
    if (!user) return false;
    if (context.method === "password")
      return user.password !== undefined && same(Buffer.from(context.password), Buffer.from(user.password));
    if (context.method !== "publickey") return false;
    const key = this.#authorized;
    if (context.key.algo !== key.type || !same(context.key.data, key.getPublicSSH())) return false;
    // Without a signature the client only asks whether the key would do.
    return !context.signature || key.verify(context.blob!, context.signature, context.hashAlgo) === true;
  }
}

function same(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
