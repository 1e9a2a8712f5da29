import { posix } from "node:path";
import { quote } from "../shell/quote";

/** What the scripts below print on their last line of standard output. */
export type UploadAnswer = "present" | "absent" | "stored" | "mismatch";

/** Exit status of a script that refused to use the folder; the reason is on standard error. */
export const UNSAFE_FOLDER = 91;

/**
 * Goes into the staging folder, making it if needed (0700, with its parents), and refuses one that anybody
 * else could have prepared or could change: a symbolic link, another owner, other rights than 0700. Later
 * commands use names relative to it, so that it cannot be swapped under them.
 */
export function enterFolder(folder: string): string {
  const dir = quote(folder);
  return `set -u; umask 077
unsafe() { echo "$1" >&2; exit ${UNSAFE_FOLDER}; }
[ ! -L ${dir} ] || unsafe 'it is a symbolic link'
[ -d ${dir} ] || mkdir -p -- ${dir} || unsafe 'it cannot be made'
cd -P -- ${dir} || unsafe 'it cannot be entered'
[ ! -L ${dir} ] && [ "$(stat -c %d:%i -- ${dir})" = "$(stat -c %d:%i .)" ] || unsafe 'it is a symbolic link'
[ "$(stat -c %u .)" = "$(id -u)" ] || unsafe "it belongs to user $(stat -c %U .)"
[ "$(stat -c %a .)" = 700 ] || unsafe "its mode is $(stat -c %a .), not 700"
`;
}

/** Absolute path of a file, taken apart. @throws TypeError for a relative path or one that ends in a folder. */
export function remoteFile(path: string): { folder: string; name: string } {
  const { dir, base } = posix.parse(path);
  if (!path.startsWith("/") || path.endsWith("/") || posix.normalize(path) !== path || dir === "/") {
    throw new TypeError(
      `expected the absolute path of a file in a folder of its own, got ${JSON.stringify(path)}`,
    );
  }
  return { folder: dir, name: `./${base}` };
}

/** Is the right file there already? Prints `present` or `absent`. */
export function checkScript(path: string, sha256: string): string {
  const { folder, name } = remoteFile(path);
  return `${enterFolder(folder)}if [ -f ${quote(name)} ] && [ ! -L ${quote(name)} ] && ${hashIs(name, sha256)}
then echo present; else echo absent; fi`;
}

/** Stores standard input as `.part`, then as `complete` does. */
export function receiveScript(path: string, sha256: string): string {
  const { folder, name } = remoteFile(path);
  const part = quote(`${name}.part`);
  return `${enterFolder(folder)}rm -f -- ${part} && cat > ${part} || exit 1\n${complete(name, sha256)}`;
}

/** Takes over a file that a user uploaded (see `userUploadScript`) as `.part`, then as `complete` does. */
export function takeOverScript(path: string, sha256: string, uploaded: string): string {
  const { folder, name } = remoteFile(path);
  const part = quote(`${name}.part`);
  const source = quote(uploaded);
  // -P: a link put there meanwhile is copied as a link, which the next line refuses.
  return `${enterFolder(folder)}[ -f ${source} ] && [ ! -L ${source} ] || exit 1
rm -f -- ${part} && cp -P -- ${source} ${part} || exit 1
[ -f ${part} ] && [ ! -L ${part} ] || { rm -f -- ${part}; exit 1; }
chown "$(id -u):$(id -g)" ${part} && chmod 600 ${part} || exit 1
${complete(name, sha256)}`;
}

/** Stores standard input in a private folder of the user's own and prints the file's path. */
export const userUploadScript = `umask 077
dir=$(mktemp -d /var/tmp/chef-backend-upload.XXXXXXXXXX) || exit 1
cat > "$dir/file" || { rm -rf -- "$dir"; exit 1; }
echo "$dir/file"`;

/** Removes what `userUploadScript` made. */
export function removeUserUploadScript(uploaded: string): string {
  return `rm -rf -- ${quote(posix.dirname(uploaded))}`;
}

/** Hash first, name last: under its own name there is never anything but the right file. */
function complete(name: string, sha256: string): string {
  const part = quote(`${name}.part`);
  return `if ${hashIs(`${name}.part`, sha256)}
then mv -fT -- ${part} ${quote(name)} && echo stored
else rm -f -- ${part}; echo mismatch; fi`;
}

function hashIs(name: string, sha256: string): string {
  return `[ "$(sha256sum < ${quote(name)} | cut -d ' ' -f 1)" = ${quote(sha256)} ]`;
}
