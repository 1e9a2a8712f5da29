import { packInto } from "../machine/machine";

/**
 * The same folder gives the same bytes each time: names are sorted, not by tar, whose old releases cannot; nothing of the environment
 * counts. Shells without `pipefail` tell nothing of a pipeline's parts but the last: those that fail say so by their names.
 */
export const packsInto = `part() { "$@" || echo "$1" >&3; }
${packInto}() {
  folder=$1
  shift
  {
    failed=$(
      {
        cd -- "\${folder%/*}" && unset TAR_OPTIONS GZIP && part find "\${folder##*/}" -print0 | part sort -z |
          part tar --format=gnu --no-recursion --null -T - -cf - | part gzip -n | part "$@" >&4 || echo cd >&3
      } 3>&1
    )
  } 4>&1
  [ -z "$failed" ] || { echo "packing $folder: failed:" $failed >&2; return 1; }
}
`;
