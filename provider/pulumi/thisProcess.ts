import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Name of the machine we run on, for people. */
export function thisHost(): string {
  return hostname();
}

/** Identifies this process beyond doubt: machine, boot, PID namespace, PID and time of birth. */
export function thisProcess(): string {
  return `${place()} ${process.pid} ${born(process.pid)}`;
}

/**
 * Whether a process that `thisProcess` identified still lives; null when it is not of this machine, or where that cannot
 * be told: without `/proc` (macOS) host name and PID are all there is, and other machines may have the same.
 */
export function isAlive(identity: string): boolean | null {
  const match = /^(.+) (\d+) (\S+)$/.exec(identity);
  if (!match || match[1] !== place() || identity.includes(unknown)) return null;
  const pid = Number(match[2]);
  if (!exists(pid)) return false;
  const birth = born(pid);
  // `/proc` may be mounted so that it shows nobody else's processes.
  return birth === unknown ? null : birth === match[3];
}

const unknown = "unknown";

function place(): string {
  return `${hostname()}/${attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim())}/${attempt(() => readlinkSync("/proc/self/ns/pid"))}`;
}

function born(pid: number): string {
  return attempt(
    () =>
      readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ")[19]!,
  );
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return unknown;
  }
}
