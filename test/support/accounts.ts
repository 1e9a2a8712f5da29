import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Somebody who may log in to a test's sshd. */
export interface Account {
  readonly name: string;
  readonly shell: string;
  /** One of root's own accounts; else an ordinary user. */
  readonly root?: boolean;
  /** Files of the home folder: path => text. */
  readonly home?: Readonly<Record<string, string>>;
  /** Lines of sudoers. */
  readonly sudoers?: string;
  /** What sudo may ask for. */
  readonly password?: string;
}

/**
 * Makes accounts that only a program started by the returned words has: passwd, shadow and sudoers are laid over the
 * machine's own in a mount namespace, which ends with the program. Real accounts for the real sshd, PAM and sudo.
 */
export function withAccounts(folder: string, accounts: readonly Account[]): string[] {
  const files = { passwd: "", shadow: "", sudoers: "Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n" };
  for (const [index, account] of accounts.entries()) {
    const { name, shell, root, home = {}, sudoers = "", password } = account;
    const uid = root ? 0 : 61_000 + index;
    const own = join(folder, "home", name);
    mkdirSync(own, { recursive: true });
    chownSync(own, uid, uid);
    for (const [path, text] of Object.entries(home)) {
      mkdirSync(dirname(join(own, path)), { recursive: true });
      writeFileSync(join(own, path), text);
    }
    const hash = password === undefined ? "*" : execFileSync("openssl", ["passwd", "-6", password], { encoding: "utf8" }).trim(); // prettier-ignore
    files.passwd += `${name}:x:${uid}:${uid}::${own}:${shell}\n`;
    files.shadow += `${name}:${hash}:19000:0:99999:7:::\n`;
    files.sudoers += `${sudoers}\n`;
  }
  // Users come through here to their homes.
  chmodSync(folder, 0o711);
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    writeFileSync(path, name === "sudoers" ? text : readFileSync(`/etc/${name}`, "utf8") + text);
    chmodSync(path, { passwd: 0o644, shadow: 0o640, sudoers: 0o440 }[name]!);
  }
  const mounts = Object.keys(files).map((name) => `mount --bind "$0/${name}" /etc/${name}`);
  const script = ["set -e", ...mounts, "mount -t tmpfs none /etc/sudoers.d", 'exec "$@"'].join("\n");
  return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, folder];
}
