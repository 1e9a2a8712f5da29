import type { Family } from "./facts";
import { installRpm, type RpmTool, usualTool } from "./rpmTools";

/**
 * The commands that install a package file (seed page, step 2). Edited configuration files are kept: without
 * these options dpkg stops half-way and asks, even when nobody can answer.
 * @param tool what installs an .rpm there; yum, where nothing is known of the machine
 */
export function install(family: Family, path: string, tool: RpmTool = usualTool([])): string[][] {
  return family === "deb"
    ? [["env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--force-confdef", "--force-confold", "-i", path]]
    : [installRpm(tool, path)];
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
