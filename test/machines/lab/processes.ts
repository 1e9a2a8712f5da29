import { readdir, readFile, readlink } from "node:fs/promises";

export interface Process {
  /** As this host counts. */
  readonly pid: number;
  readonly command: string;
}

/** Every process in the process namespace of this one. */
export async function processesOf(pid: number): Promise<Process[]> {
  const namespace = await readlink(`/proc/${pid}/ns/pid`);
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (each) => {
      if ((await readlink(`/proc/${each}/ns/pid`).catch(() => "")) !== namespace) return [];
      const command = await readFile(`/proc/${each}/cmdline`, "utf8").catch(() => "");
      return [{ pid: Number(each), command: command.replaceAll("\0", " ").trim() }];
    }),
  );
  return found.flat();
}

/** A signal to every process there, again until no new one is found: what is not stopped yet may start another. */
export async function signalAll(pid: number, signal: "SIGSTOP" | "SIGCONT"): Promise<void> {
  const done = new Set<number>();
  for (;;) {
    const left = (await processesOf(pid)).filter((each) => !done.has(each.pid));
    if (left.length === 0) return;
    for (const each of left) {
      done.add(each.pid);
      killIfThere(each.pid, signal);
    }
  }
}

/** One that has ended meanwhile is fine. */
export function killIfThere(pid: number, signal: NodeJS.Signals = "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
