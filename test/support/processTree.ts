import { readdir, readFile } from "node:fs/promises";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** A process of ours and everything it has started, from /proc. */
export async function processTree(root: number): Promise<Process[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map(readProcess));
  const found = all.filter((each) => each?.pid === root) as Process[];
  for (let at = 0; at < found.length; at++)
    found.push(...all.filter((each): each is Process => each?.parent === found[at]!.pid));
  return found;
}

async function readProcess(pid: string): Promise<Process | null> {
  try {
    const [stat, command] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile(`/proc/${pid}/cmdline`, "utf8"),
    ]);
    const parent = Number(stat.replace(/^.*\) /s, "").split(" ")[1]);
    return { pid: Number(pid), parent, command: command.replaceAll("\0", " ") };
  } catch {
    return null; // ended meanwhile
  }
}

/** kill -9, deepest last; one that has ended already is fine. */
export function killAll(processes: readonly Process[]): void {
  sendAll(processes, "SIGKILL");
}

/** A signal to each, deepest last; one that has ended already is fine. */
export function sendAll(processes: readonly Process[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
