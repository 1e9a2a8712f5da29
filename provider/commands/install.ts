import type { Family } from "./facts";

/**
 * The commands that install a package file (seed page, step 2). Edited configuration files are kept: without
 * these options dpkg stops half-way and asks, even when nobody can answer.
 */
export function install(family: Family, path: string): string[][] {
  return family === "deb"
    ? [["env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--force-confdef", "--force-confold", "-i", path]]
    : [["yum", "install", "-y", path]];
}

/** Finishes an install that dpkg was interrupted in. */
export function finishInstall(): string[][] {
  return [
    [
      "env",
      "DEBIAN_FRONTEND=noninteractive",
      "dpkg",
      "--force-confdef",
      "--force-confold",
      "--configure",
      "-a",
    ],
  ];
}
