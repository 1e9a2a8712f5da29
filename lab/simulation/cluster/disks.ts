import type { Machine } from "../machine";

/** leaderl's `health_check.disk_paths` and `health_check.disk_min_space_mb` (vendor's reference). */
export const diskPaths = ["/var/log/chef-backend", "/var/opt/chef-backend"] as const;
const MIN_SPACE_MB = 250;

/** Megabytes that are free on the file system of a path. */
const freeMb = (machine: Machine, path: string) => Math.floor(machine.disk(path).free / 1024);

/** Those of the paths where too little is free. */
export function lowDisks(machine: Machine): string[] {
  return diskPaths.filter((path) => freeMb(machine, path) < MIN_SPACE_MB);
}

/** The cell of `status`: a full mount is named there instead of OK; in which words is not documented. */
export function disksText(machine: Machine): string {
  const low = lowDisks(machine);
  const word = (path: string) => (low.includes(path) ? `only ${freeMb(machine, path)}MB free` : "OK");
  return diskPaths.map((path) => `${path}: ${word(path)}`).join("; ");
}
