import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const helpers = join(__dirname, "../machine");

/** A process that prints its number, as the host sees it, on its first line. */
export interface Started {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The next line of its standard output; null at its end. */
  readonly nextLine: () => Promise<string | null>;
  readonly ended: Promise<void>;
}

/**
 * The namespaces around all machines. When this process of ours ends, however that happens, the keeper's standard
 * input does, too: then it goes, and with it every machine's processes and mounts, the bridge and the folder.
 */
export class Keeper {
  private constructor(private readonly started: Started) {}

  static async start(
    folder: string,
    bridge: string,
    diskMiB: number,
    names: readonly string[],
  ): Promise<Keeper> {
    const namespaces = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"];
    const script = [join(helpers, "keeper.sh"), folder, bridge, String(diskMiB), ...names];
    return new Keeper(await start(["unshare", ...namespaces, "sh", ...script]));
  }

  get pid(): number {
    return this.started.pid;
  }

  /** Starts a program inside, in further namespaces of its own. */
  startInside(unshare: readonly string[], argv: readonly string[]): Promise<Started> {
    const inside = ["nsenter", "--target", String(this.pid), "--mount", "--pid"];
    return start([...inside, "unshare", ...unshare, "--fork", "--kill-child", ...argv]);
  }

  async close(): Promise<void> {
    this.started.process.stdin!.end();
    await this.started.ended;
  }
}

async function start(argv: readonly string[]): Promise<Started> {
  // A Ctrl-C is for the tests: they close the lab in their own order.
  const child = spawn(argv[0]!, argv.slice(1), { stdio: ["pipe", "pipe", "pipe"], detached: true });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said = (said + String(chunk)).slice(-2000)));
  child.stdin.on("error", () => {}); // it was killed
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const nextLine = async () => {
    const { value, done } = await lines.next();
    return done ? null : (value as string);
  };
  const first = await nextLine();
  if (!/^\d+$/.test(first ?? "")) throw new Error(`${argv.join(" ")} did not start: ${said || first}`);
  return {
    process: child,
    pid: Number(first),
    ended,
    nextLine: async () => {
      const line = await nextLine();
      if (line === null) throw new Error(`${argv.join(" ")} ended: ${said}`);
      return line;
    },
  };
}
