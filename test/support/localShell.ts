import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OutputBuffer } from "../../provider/ssh/outputBuffer";
import type { RootShell, ShellOptions, ShellResult } from "../../provider/gate/rootShell";

/** A root shell without SSH: runs each script by `sh -c` on this machine, with a state folder of its own. */
export class LocalShell implements RootShell {
  readonly stateDir: string;
  /** Called with each new script; what it does with the process is what happens to the connection. */
  onScript?: (child: ChildProcess, script: string, scripts: number) => void;
  /** Every connection is lost before an answer: certainly, where `cut` may come after a quick script's end. */
  lose = false;
  readonly address = null;
  #scripts = 0;

  constructor(
    readonly shell: string,
    private readonly env: Record<string, string> = {},
    stateDir?: string,
  ) {
    this.stateDir = stateDir ?? join(mkdtempSync(join(tmpdir(), "gate-")), "state");
  }

  otherMachine(): Promise<string | null> {
    return Promise.resolve(null);
  }

  execAsRoot(script: string, options: ShellOptions = {}): Promise<ShellResult> {
    const child = spawn(this.shell, ["-c", this.lose ? "kill -9 $$" : script], {
      stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      env: { ...process.env, ...this.env, PULUMI_CHEF_BACKEND_STATE_DIR: this.stateDir },
      detached: true,
    });
    this.#scripts += 1;
    const out = new OutputBuffer(options.maxOutputBytes ?? Infinity);
    const err = new OutputBuffer(options.maxOutputBytes ?? Infinity);
    let timedOut = false;
    if (options.stdin !== undefined) feed(child, options.stdin);
    if (options.stdout)
      child.stdout!.pipe(
        options.stdout.once("close", () => cut(child)),
        { end: false },
      );
    else
      child.stdout!.on("data", (chunk: Buffer) => {
        out.add(chunk);
        options.onStdout?.(chunk);
      });
    child.stderr!.on("data", (chunk: Buffer) => err.add(chunk));
    this.onScript?.(child, script, this.#scripts);
    return new Promise((resolve, reject) => {
      const end = () => {
        try {
          process.kill(-child.pid!, "SIGKILL");
        } catch {
          // It has ended by itself.
        }
      };
      const limit =
        options.timeoutMs === undefined
          ? undefined
          : setTimeout(() => {
              timedOut = true;
              end();
            }, options.timeoutMs);
      options.signal?.addEventListener("abort", end, { once: true });
      child.on("error", reject);
      child.on("close", (code, signal) => {
        clearTimeout(limit);
        const lost = signal !== null && !timedOut && options.signal?.aborted !== true;
        resolve({
          stdout: out.text(),
          stderr: err.text(),
          truncated: out.truncated || err.truncated,
          ...{ code, signal: null, lost, timedOut, aborted: options.signal?.aborted ?? false },
        });
      });
    });
  }

  upload(): Promise<never> {
    return Promise.reject(new Error("no upload here"));
  }

  async close(): Promise<void> {
    rmSync(join(this.stateDir, ".."), { recursive: true, force: true });
  }
}

function feed(child: ChildProcess, stdin: NonNullable<ShellOptions["stdin"]>): void {
  child.stdin!.on("error", () => undefined);
  if (typeof stdin === "string" || Buffer.isBuffer(stdin)) child.stdin!.end(stdin);
  else stdin.once("error", () => cut(child)).pipe(child.stdin!);
}

/** The connection is cut: the remote shell is gone without an exit status, with everything in its group. */
export function cut(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Processes of this machine that live in a gate's state folder, whoever started them. */
export function processesOf(stateDir: string): string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const mine = readFileSync(`/proc/${pid}/environ`, "utf8").includes(stateDir);
        return mine ? [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")] : [];
      } catch {
        return [];
      }
    });
}
