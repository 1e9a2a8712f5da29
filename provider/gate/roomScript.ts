import { spareRoom } from "../machine/machine";

/**
 * What looks on ends with the command; the command's own status counts. The command has a group of its own where there is `setsid`, so
 * that what a wrapper has started is ended with it; what ends the job still reaches it. Whether it was stopped is said by what looks on,
 * which lets nobody stop it from then on: knife traps TERM and ends with 1. What it pauses by keeps no connection open.
 */
export const sparesRoom = `pause() { sleep "$1" > /dev/null 2>&1; }
${spareRoom}() {
  least=$1 path=$2 own=
  shift 2
  command -v setsid > /dev/null 2>&1 && own=setsid
  exec 3<&0 # in the background it would have none
  $own "$@" <&3 3<&- &
  child=$!
  send() { kill -s "$1" -- "\${own:+-}$child" 2> /dev/null; }
  (
    while pause 1; do
      free=$(command -p df -Pk "\${path%/*}" | { read -r head; read -r disk size used free rest; echo "$free"; })
      [ "$free" -lt "$least" ] || continue
      trap "" TERM
      echo "$free KiB are left on the disk of $path, $least KiB have to stay free: it is stopped, and what it has written is removed"
      send TERM
      for second in 1 2 3 4 5; do send 0 && pause 1; done
      send KILL && pause 1
      exit 1
    done
    exit 0
  ) &
  watch=$!
  trap 'send TERM; exit 143' TERM
  wait "$child"
  rc=$?
  trap - TERM
  kill "$watch" 2> /dev/null
  wait "$watch" 2> /dev/null
  [ "$?" != 1 ] || { rm -rf -- "$path"; [ "$rc" != 0 ] || rc=1; }
  return "$rc"
}
`;
