import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** In the environment of every process that a node runs: `CHEF_LAB=<lab>:<node>`. */
export const MARKER = "CHEF_LAB";

const run = promisify(execFile);

/**
 * Processes whose environment carries the marker: those of one node (`<lab>:<node>`), or of a whole lab
 * (`<lab>:`). Detached ones are found too, since a marker is inherited; other people's are never touched.
 * @param marker the variable: who marks other processes than a lab's has one of his own
 */
export async function markedProcesses(value: string, marker = MARKER): Promise<number[]> {
  const exact = !value.endsWith(":");
  const wanted = `${marker}=${value}`;
  const matches = (variable: string) => (exact ? variable === wanted : variable.startsWith(wanted));
  if (process.platform === "linux") {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
    const marked = await Promise.all(
      pids.map(async (pid) => {
        const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
        return environment.split("\0").some(matches) && (await lives(pid)) ? pid : null;
      }),
    );
    return marked.filter((pid) => pid !== null && pid !== process.pid) as number[];
  }
  const { stdout } = await run("ps", ["eww", "-axo", "pid,command"], { maxBuffer: 2 ** 26 });
  return stdout
    .split("\n")
    .filter((line) => line.split(/\s+/).some(matches))
    .map((line) => Number.parseInt(line, 10))
    .filter((pid) => pid !== process.pid);
}

/** A zombie has ended: only its parent has not noticed yet. */
async function lives(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  return stat !== "" && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
}

/** Kills all of them, and what they start meanwhile. */
export async function killMarked(value: string, marker = MARKER): Promise<void> {
  for (let round = 0; round < 100; round++) {
    const pids = await markedProcesses(value, marker);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended by itself.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const left = await markedProcesses(value, marker);
  throw new Error(`processes with ${marker}=${value} do not end: ${left.join(", ")}`);
}
