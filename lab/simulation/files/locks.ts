import type { Machine } from "../machine";

/** The package manager's lock files on a machine; all of them are held by whoever holds one. */
export function lockFiles(machine: Machine): string[] {
  return machine.packages.platform === "deb"
    ? ["/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock"]
    : ["/var/lib/rpm/.rpm.lock"];
}

/** Who holds the package manager's lock: somebody else (a switch) or a package manager that runs now. */
export function lockHolder(machine: Machine): { pid: number; program: string } | null {
  return machine.switches.packageLock ?? machine.packages.busy;
}

/** /proc/locks in the kernel's format, with one lock that has nothing to do with packages. */
export function procLocks(machine: Machine): string {
  const holder = lockHolder(machine);
  const lines = [`FLOCK  ADVISORY  WRITE 412 fe:00:${machine.inode("/run/crond.pid")} 0 EOF`];
  for (const path of holder ? lockFiles(machine) : [])
    lines.push(`POSIX  ADVISORY  WRITE ${holder!.pid} fe:00:${machine.inode(path)} 0 EOF`);
  return lines.map((line, at) => `${at + 1}: ${line}\n`).join("");
}
