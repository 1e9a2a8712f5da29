import { quote } from "../shell/quote";
import type { FolderReplacement } from "../machine/machine";
import { fileName } from "./fileName";
import { ownFolder, prelude } from "./prelude";

/** Exit status of `replaceFolderScript` when what arrived is not what was sent. */
export const notTheSame = 76;

/**
 * A folder with the system's own tools, whatever root's PATH is. A rehearsal without root has a tree of its own, by
 * environment.
 */
const folderOf = (path: string) => `PATH=$(command -p getconf PATH || echo /usr/bin:/bin)
F=\${PULUMI_CHEF_BACKEND_ROOT_DIR:-}${quote(path)}
`;

/** The SHA-256 of every file, and name, kind, owners and mode of everything, in the order of the names. */
const sums = `everything() {
  find . -type f -print0 | sort -z | xargs -0 -r sha256sum -b &&
  find . -print0 | sort -z | xargs -0 -r stat -c '%F %U %G %a %N' || echo "unreadable $$"
}
sums() { ( cd -P -- "$1" && everything | sha256sum | cut -c1-64 ) ; }
`;

/** Prints the folder's fingerprint; nothing where there is no such folder. */
export function fingerprintScript(path: string): string {
  return `${prelude}${folderOf(path)}${sums}[ ! -d "$F" ] || sums "$F"
`;
}

/** Writes the folder to standard output as a tar archive, owners by their names. */
export function sendFolderScript(path: string): string {
  return `${prelude}${folderOf(path)}tar -C "$F" -cf - .
`;
}

/**
 * Unpacks standard input beside the folder, compares it, and only then puts it in the folder's place by renaming.
 * Nothing of it is read by anybody but root on the way.
 */
export function replaceFolderScript(run: string, { path, fingerprint, keptAs }: FolderReplacement): string {
  return `${prelude}${ownFolder}${folderOf(path)}${sums}N=$F.new
failed() { rm -rf -- "$N"; exit "$1"; }
held ${fileName(run)}
rm -rf -- "$N"
mkdir -m 700 -- "$N" && tar -C "$N" -xpf - || failed 1
[ "$(sums "$N")" = ${quote(fingerprint)} ] || failed ${notTheSame}
( held ${fileName(run)} ) || failed "$?"
if [ -e "$F" ] || [ -L "$F" ]; then mv -T -- "$F" "$F."${fileName(keptAs)} || failed 1; fi
mv -T -- "$N" "$F"
`;
}
