import { spareRoom } from "../machine/machine";

/** What looks on ends with the command; the command's own status counts. What it pauses by keeps no connection open. */
export const sparesRoom = `pause() { sleep "$1" > /dev/null 2>&1; }
${spareRoom}() {
  least=$1 path=$2
  shift 2
  exec 3<&0 # in the background it would have none
  "$@" <&3 3<&- &
  child=$!
  (
    while pause 1; do
      free=$(command -p df -Pk "\${path%/*}" | { read -r head; read -r disk size used free rest; echo "$free"; })
      [ "$free" -lt "$least" ] || continue
      echo "$free KiB are left on the disk of $path, $least KiB have to stay free: it is stopped, and what it has written is removed"
      kill "$child"
      pause 5
      kill -9 "$child" 2> /dev/null
      exit 1
    done
  ) &
  watch=$!
  wait "$child"
  rc=$?
  kill "$watch" 2> /dev/null && wait "$watch" 2> /dev/null
  case "$rc" in 143 | 137) rm -rf -- "$path" ;; esac
  return "$rc"
}
`;
