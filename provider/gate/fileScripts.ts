import { quote } from "../shell/quote";
import { packInto, type ReceivedFile, spareRoom } from "../machine/machine";
import { notTheSame } from "./folderScripts";
import { fileName } from "./fileName";
import { packsInto } from "./packScript";
import { sparesRoom } from "./roomScript";
import { ownFolder, prelude } from "./prelude";

/** Writes a file, named by its absolute path, to standard output. Not by `<`: the lab's `cat` knows paths that its shell does not. */
export function sendFileScript(path: string): string {
  return `${prelude}cat ${quote(path)}
`;
}

/** Packs a folder, named by its absolute path, to standard output. */
export function sendPackedScript(folder: string): string {
  return `${prelude}${packsInto}${packInto} ${quote(folder)} cat
`;
}

/**
 * Makes a file of ours of standard input, root's alone: compared before it gets its name. Prints its path.
 * @throws TypeError for a name that is none
 */
export function receiveFileScript(run: string, { name, sha256, spareKiB }: ReceivedFile): string {
  const file = fileName(name);
  const write = `cat > ${file}.part`;
  const take =
    spareKiB === undefined
      ? write
      : `${spareRoom} ${spareKiB} "$D/files/"${file}.part sh -c ${quote(`exec ${write}`)} >&2`;
  return `${prelude}${spareKiB === undefined ? "" : sparesRoom}${ownFolder}held ${fileName(run)}
mkdir -p "$D/files" && cd "$D/files" || exit 1
rm -f -- ${file}.part && ${take} || { rm -f -- ${file}.part; unwritten; }
[ "$(sha256sum < ${file}.part | cut -c1-64)" = ${quote(sha256)} ] || { rm -f -- ${file}.part; exit ${notTheSame}; }
held ${fileName(run)}
mv -fT -- ${file}.part ${file} && printf '%s\\n' "$D/files/"${file}
`;
}
