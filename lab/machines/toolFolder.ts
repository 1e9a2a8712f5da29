import { constants } from "node:fs";
import { access, mkdir, readdir, symlink } from "node:fs/promises";
import { delimiter, join } from "node:path";

/**
 * Programs of the real machine that no node of the lab has: what would act on the real machine's packages,
 * services or power, or would show the real machine's network where the simulated one is meant.
 */
const hidden =
  /^(apt|apt-.*|aptitude|dpkg.*|rpm.*|yum.*|dnf.*|zypper|snap|flatpak|systemctl|systemd.*|service|sudo.*|su|doas|pkexec|reboot|shutdown|poweroff|halt|init|telinit|runlevel|invoke-rc\.d|update-rc\.d|ip|ifconfig|hostnamectl|timedatectl|chef-.*|private-chef-.*|knife|mkfs.*|fdisk|parted|mount|umount)$/;

/** Links every program of the PATH into `folder`, except the hidden ones. The nodes' PATH ends with it. */
export async function makeToolFolder(folder: string): Promise<void> {
  await mkdir(folder);
  const seen = new Set<string>();
  const standard = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];
  const links: Promise<void>[] = [];
  for (const from of new Set([...standard, ...(process.env["PATH"] ?? "").split(delimiter)])) {
    if (from === "") continue;
    for (const name of await readdir(from).catch(() => [])) {
      if (seen.has(name) || hidden.test(name)) continue;
      seen.add(name);
      links.push(symlink(join(from, name), join(folder, name)).catch(() => undefined));
    }
  }
  await Promise.all(links);
}

/** Where bash is: the nodes' programs are bash scripts. @throws Error when the machine has none */
export async function findBash(): Promise<string> {
  for (const folder of [
    "/bin",
    "/usr/bin",
    "/usr/local/bin",
    ...(process.env["PATH"] ?? "").split(delimiter),
  ]) {
    const path = join(folder, "bash");
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  throw new Error("the lab needs bash, and found none in /bin, /usr/bin or on the PATH");
}
