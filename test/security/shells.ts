import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import { LocalShell } from "../support/localShell";

/** The shells that stand behind `sh` on nodes: dash on Debian and Ubuntu, bash on Red Hat. */
export const shells = [existsSync("/bin/dash") ? "/bin/dash" : "/bin/sh", "/bin/bash"].filter(existsSync);

/** Programs that only note how they were called; curl notes what it reads, too: its URL. */
const noted = ["dpkg", "dpkg-deb", "rpm", "yum", "curl", "chef-server-ctl", "chef-backend-ctl"];

/**
 * A folder in which nothing may appear but what is put there, with a canary that hostile strings would make
 * (`$CANARY` in the environment of every command), and programs that note how they were called.
 */
export class Cage {
  readonly folder = mkdtempSync(join(tmpdir(), "hostile-"));
  readonly canary = join(this.folder, "canary");
  readonly #log = join(this.folder, "log");
  readonly env = {
    CANARY: this.canary,
    CALLS: this.#log,
    PATH: `${join(this.folder, "bin")}:${process.env["PATH"]}`,
  };
  readonly #opened: LocalShell[] = [];

  constructor(readonly shell: string) {
    const bin = mkdtempSync(join(this.folder, "bin-"));
    for (const name of noted) {
      const path = join(bin, name);
      const input = name === "curl" ? ` "$(cat)"` : "";
      writeFileSync(
        path,
        `#!/bin/sh\nprintf '%s\\000' "\${0##*/}" "$@"${input} '--end of call--' >> "$CALLS"\n`,
      );
      chmodSync(path, 0o755);
    }
    this.env.PATH = `${bin}:${process.env["PATH"]}`;
  }

  get hit(): boolean {
    return existsSync(this.canary);
  }

  /** A machine whose scripts this shell runs here, with a state folder of its own. */
  machine(): { machine: ShellMachine; root: LocalShell; at: (...path: string[]) => string } {
    const root = new LocalShell(this.shell, this.env);
    this.#opened.push(root);
    return {
      machine: new ShellMachine("backend-1", root, realClock),
      root,
      at: (...path) => join(root.stateDir, ...path),
    };
  }

  /** Runs a command line as sshd would. */
  run(
    command: string,
    options: { stdin?: string; env?: Record<string, string> } = {},
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const env = { ...process.env, ...this.env, ...options.env };
    const child = spawn(this.shell, ["-c", command], { cwd: this.folder, env });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.stdin ?? "");
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, stdout, stderr }));
    });
  }

  /** How the noted programs were called since the last time, name first. */
  calls(): string[][] {
    const words = existsSync(this.#log) ? readFileSync(this.#log, "utf8").split("\0").slice(0, -1) : [];
    rmSync(this.#log, { force: true });
    const calls: string[][] = [[]];
    for (const word of words)
      if (word === "--end of call--") calls.push([]);
      else calls.at(-1)!.push(word);
    return calls.slice(0, -1);
  }

  async close(): Promise<void> {
    for (const root of this.#opened) await root.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** All items, a few at a time. */
export async function sideBySide<T>(items: readonly T[], work: (item: T, worker: number) => Promise<void>) {
  const queue = items.entries();
  const worker = async (own: number) => {
    for (const [, item] of queue) await work(item, own);
  };
  await Promise.all([0, 1, 2, 3].map(worker));
}
