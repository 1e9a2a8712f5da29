import { stateDir } from "../machine/stateDir";

/**
 * Exit status of a script that found the lock gone: another run has taken it over. A write that failed is no such sign: the
 * disk may be full, or read-only.
 */
export const lockLost = 75;

/** Seconds for a script, beyond what a reading's facts may take by their own limits: its run has given it up then. */
export const scriptLimit = 120;

/**
 * Begins every script: plain words and no colors are asked for, `D` is our folder, `now` and `age FILE` tell time by
 * the node's clock. `held RUN` ends with `lockLost` once the lock is not that run's; `failed_under RUN` is for a
 * write that failed under it. The folder is made root only, and
 * refused when it is a link or somebody else's (a job would run what he puts there). A rehearsal without root has a folder of its own, by environment.
 *
 *     D/lock/RUN/owner, heartbeat     the lock: `mkdir lock` takes it, the folder RUN inside says for whom
 *     D/lock/RUN/jobs/ID/…            its jobs: the claim is one mkdir, which fails once RUN is gone
 *     D/history/RUN/…                 the last runs
 *     D/record, D/upgraded            run record; the build of our last good `upgrade`
 *     D/guard                         which block of failover a guard on this node has undone
 *     D/packages/                     staged packages
 *     D/install                       what the last installation of an rpm printed
 *     D/logs/                         what some jobs printed, beyond the last runs
 */
export const prelude = `umask 077
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C TERM=dumb; export PATH LC_ALL TERM
D=\${PULUMI_CHEF_BACKEND_STATE_DIR:-${stateDir}}
now() { command -p date +%s; }
age() { echo $(( $(now) - $(command -p stat -c %Y "$1" 2>/dev/null || now) )); }
unwritten() { echo "cannot write below $D: $(command -p df -Pk "$D" 2>/dev/null | { read -r head; read -r disk size used free rest; echo "$free"; }) KiB are free there" >&2; exit 1; }
held() { [ -d "$D/lock/$1" ] && return; [ -d "$D" ] || unwritten; exit ${lockLost}; }
failed_under() { held "$1"; unwritten; }
# coreutils before 8.5 know no -k, and before 7.0 no timeout.
limited() { seconds=$1; shift; if command -v timeout > /dev/null 2>&1; then timeout "$seconds" "$@"; else "$@"; fi; }
boot() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo unknown; }
born() { ( read -r stat < "/proc/$1/stat" && set -- \${stat##*) } && [ "$1" != Z ] && shift 19 && echo "$1" ) 2>/dev/null; }
`;

/**
 * For scripts that write: makes the folder, or refuses it, and what lies in it: a link, or something that somebody
 * else has put there before the folder was closed to him, would lead what we write elsewhere.
 */
export const ownFolder = `mkdir -p "$D" || exit 1
if [ -L "$D" ] || [ ! -O "$D" ]; then echo "$D is a link or not owned by $(id -un): refused" >&2; exit 1; fi
chmod 700 "$D"
for one in "$D"/* "$D"/*/*; do
  # In this order: what is gone by now is nobody's.
  if [ -L "$one" ] || { [ ! -O "$one" ] && [ -e "$one" ]; }; then
    printf '%s is a link or not owned by %s: refused\\n' "$one" "$(id -un)" >&2; exit 1
  fi
done
`;

/**
 * Whether the job in a folder still runs: its process, in this boot, with its time of birth; or, where only that
 * was killed, what it had started (the job leads its own process group). What is dead but not reaped is dead.
 */
export const aliveFunction = `group() {
  for stat in /proc/[0-9]*/stat; do
    read -r stat < "$stat" || continue
    set -- "$1" \${stat##*) }
    [ "$4" = "$1" ] && [ "$2" != Z ] && return 0
  done 2>/dev/null
  return 1
}
alive() {
  [ -e "$1/status" ] && return 1
  if [ ! -e "$1/pid" ]; then [ "$(age "$1")" -lt 30 ]; return; fi
  read -r pid its_boot its_birth < "$1/pid"
  [ "$its_boot" = "$(boot)" ] || return 1
  birth=$(born "$pid")
  if [ -n "$birth" ]; then [ "$its_birth" = "$birth" ]; else group "$pid"; fi
}
`;
