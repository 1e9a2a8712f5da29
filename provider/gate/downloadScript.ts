import { quote } from "../shell/quote";
import { enterFolder, remoteFile } from "../ssh/uploadScripts";
import { prelude } from "./prelude";

/**
 * Downloads a file beside its place, checks it, and only then renames it; what lies there rightly is kept. The
 * folder is root's own and entered as for an upload: no link is followed, of the folder or of a file.
 * @param list the file that holds the URL, in one line, and is removed: everybody may read an argument in the list of
 * processes as long as a download takes, and a signed URL gives access
 */
export function downloadScript(list: string, sha256: string, path: string): string {
  const { folder, name } = remoteFile(path);
  return `${prelude}${enterFolder(folder)}right() { [ -f "$1" ] && [ ! -L "$1" ] && [ "$(sha256sum < "$1" | cut -c1-64)" = ${quote(sha256)} ]; }
list=${quote(list)}
trap 'rm -f "$list"' EXIT
right ${quote(name)} && exit 0
part=${quote(`${name}.part`)}
failed() { rm -f "$part"; exit 1; }
rm -f "$part"
if command -v curl > /dev/null 2>&1; then
  sed 's/[\\"]/\\\\&/g; s/.*/url = "&"/' "$list" | curl -gfsSL --retry 3 -o "$part" --config - || failed
elif command -v wget > /dev/null 2>&1; then
  said=$(wget -nv -O "$part" -i "$list" 2>&1) || { printf '%s\\n' "$said" | sed 's|https*://[^ ]*|(the URL)|g'; failed; }
else echo "neither curl nor wget is installed: use packageFile.source or packageFile.path"; exit 1
fi
right "$part" || { echo "the SHA-256 of what was downloaded is $(sha256sum < "$part" | cut -c1-64), expected "${quote(sha256)}; failed; }
mv -fT "$part" ${quote(name)}
`;
}
