/**
 * What installs an .rpm on a machine: the one that was tried there. `yum` is the guide's (seed page, step 2), and dnf where
 * that has its name; SUSE has zypper in its place; where neither is there it is rpm itself, as air-gapped machines do it.
 * With `from: "file"` no repository is asked: what is installed already meets all that the package needs, so nothing else
 * can come along, and a repository that does not answer stops nothing.
 */
export interface RpmTool {
  readonly program: "yum" | "zypper" | "rpm";
  readonly from: "file" | "repositories";
}

/** Seconds for which zypper waits for its lock (libzypp's `ZYPP_LOCK_TIMEOUT`); yum, dnf and rpm wait by themselves. */
const zyppLock = "ZYPP_LOCK_TIMEOUT=300";

/** The command that installs a package file. It never switches a check of signatures off. */
export function installRpm({ program, from }: RpmTool, path: string): string[] {
  if (program === "rpm") return ["rpm", "-Uvh", path];
  if (program === "zypper") return ["env", zyppLock, ...zypper(from), path];
  return [...yum(from), path];
}

/**
 * The same command as a test that installs nothing: yum and dnf end after rpm's test of the transaction
 * (`tsflags=test`; their sources: `runTransaction`, `do_transaction`), zypper after it has checked signature and file conflicts (only together with `--download-only`). None
 * waits for a lock.
 */
export function tryRpm({ program, from }: RpmTool, path: string): string[] {
  if (program === "rpm") return ["rpm", "-U", "--test", path];
  if (program === "zypper") return [...zypper(from), "--dry-run", "--download-only", path];
  return [...yum(from), "--setopt=tsflags=test", "--setopt=exit_on_lock=1", path];
}

const yum = (from: RpmTool["from"]) => [
  ...["yum", "install", "-y"],
  ...(from === "file" ? ["--disablerepo=*"] : []),
];

const zypper = (from: RpmTool["from"]) => [
  ...["zypper", "--non-interactive"],
  ...(from === "file" ? ["--no-refresh", "--no-remote"] : []),
  "install",
];

/** Which program a machine of these ids of `/etc/os-release` has, as far as they tell. */
export function usualTool(ids: readonly string[]): RpmTool {
  const suse = ids.some((id) => /^(?:sles|sled|suse|opensuse)/.test(id));
  return { program: suse ? "zypper" : "yum", from: "file" };
}
