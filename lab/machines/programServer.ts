import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { dirname, join, relative } from "node:path";
import { filling } from "../simulation/programs/printed";
import type { System } from "../simulation/system";
import { NodeDownError, type NodeFiles } from "../simulation/types";
import type { SudoPolicy } from "./users";

/** What a program on a node asks: who calls, from which folder, with which `CHEF_LICENSE` and which words. */
interface Request {
  node: string;
  user: string;
  cwd: string;
  license: string;
  argv: string[];
}

/** The real machine's files are the nodes' files, where the simulation has none of its own. */
const realFiles: NodeFiles = {
  read: (path) => readFile(path).catch(() => undefined),
  write: async (path, bytes) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  },
  list: async (folder) => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const files = entries.filter((entry) => entry.isFile());
    return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
  },
};

/** Answers the nodes' own programs, on a port of the loopback interface. */
export class ProgramServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #tokens = new Map<string, string>();

  constructor(
    readonly sim: Pick<System, "exec">,
    readonly tools: string,
    readonly sudo: SudoPolicy,
  ) {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** @returns the port */
  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Programs that show this token run on that node. */
  admit(token: string, node: string): void {
    this.#tokens.set(token, node);
  }

  /** Ends every program that waits for an answer. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const gone = new AbortController();
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      gone.abort(new Error("the program was killed"));
    });
    let text = "";
    const onData = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      const request = this.#parse(text);
      if (request === undefined) return;
      socket.off("data", onData).resume();
      if (request === null) return void socket.destroy();
      void this.#answer(socket, request, gone.signal);
    };
    socket.on("data", onData);
  }

  /** undefined: not all there yet; null: not one of ours. */
  #parse(text: string): Request | null | undefined {
    const fields = text.split("\0").slice(0, -1);
    const words = fields.map((field) => Buffer.from(field, "latin1").toString("utf8"));
    const [token, user, cwd, license, count, ...argv] = words;
    if (count === undefined || argv.length < Number(count)) return undefined;
    const node = this.#tokens.get(token!);
    return node === undefined ? null : { node, user: user!, cwd: cwd!, license: license!, argv };
  }

  async #answer(socket: Socket, request: Request, signal: AbortSignal): Promise<void> {
    const frame = (kind: string, text: string) => {
      // A shell variable cannot carry a NUL.
      if (socket.writable) socket.write(`${kind}\0${text.replaceAll("\0", " ")}\0`);
    };
    if (request.argv[0] === "sudo") {
      const { code, message } = this.sudo.answer(request.user, request.argv.slice(1));
      if (message) frame("err", `${message}\n`);
      frame("exit", String(code));
      return void socket.end();
    }
    try {
      const onOutput = (stream: "stdout" | "stderr", text: string) =>
        frame(stream === "stdout" ? "out" : "err", text);
      const onBytes = (bytes: Uint8Array | number) =>
        typeof bytes === "number"
          ? frame("fill", `${bytes} ${filling.trimEnd()}`)
          : frame("b64", Buffer.from(bytes).toString("base64"));
      const { node, argv, user, cwd, license } = request;
      const env: Record<string, string> = license === "" ? {} : { CHEF_LICENSE: license };
      const io = { user, cwd, env, signal, onOutput, onBytes, files: realFiles };
      const result = await this.sim.exec(node, argv, io);
      if (result === "passthrough") frame("real", join(this.tools, argv[0]!));
      else if (!result.signal) frame("exit", String(result.code));
    } catch (error) {
      if (!(error instanceof NodeDownError)) {
        frame("err", `the lab failed: ${(error as Error).stack ?? String(error)}\n`);
        frame("exit", "254");
      }
    }
    // Without an exit status the program ends as one that was killed.
    socket.end();
  }
}
