import type { Family } from "../commands/facts";

const ctl = "private-chef-ctl";

export const reconfigure = (): string[] => [ctl, "reconfigure"];

/** Stops one service, or all. */
export const stop = (service?: string): string[] => [ctl, "stop", ...(service ? [service] : [])];

export const start = (service?: string): string[] => [ctl, "start", ...(service ? [service] : [])];

export const restart = (service: string): string[] => [ctl, "restart", service];

/** After the package is installed. */
export const upgrade = (): string[] => [ctl, "upgrade"];

/** Destroys what the upgrade has left of the release before: old services and their data. */
export const cleanup = (): string[] => [ctl, "cleanup"];

/** What it would destroy now. Changes nothing. */
export const wouldCleanUp = (): string[] => [ctl, "cleanup", "--no-op"];

/** Without these dpkg stops half-way and asks about edited configuration files, even when nobody can answer. */
const dpkg = ["env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--force-confdef", "--force-confold"];

/** The commands that install a package (seed page): they tell of each file that they process. */
export function install(family: Family, path: string): string[][] {
  return family === "deb" ? [[...dpkg, "-D10", "-i", path]] : [["rpm", "-Uvh", path]];
}
