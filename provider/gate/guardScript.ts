import { quote, quoteAll } from "../shell/quote";
import { setClusterFailover } from "../commands/chefBackendCtl";
import type { FailoverGuard, Job } from "../machine/machine";
import { fileName } from "./fileName";

/** Seconds after which a control command is given up: a look that hangs is no good one, and what hangs is tried again. */
const commandLimit = 120;

/**
 * What a job leaves on its node when it has ended well: its client may be gone, and failover must not stay off until
 * morning. To everybody else the job has ended; this is its process, asleep as long as the client may live.
 *
 * It turns failover on only if, in two looks in a row, each a `pause` after the last,
 * - the lock here is still this run's, and no other job was begun on this node since;
 * - no heartbeat came for `silence`;
 * - the record here says that failover is off by us, and that no other node is inside its step;
 * - where this node is inside its own: `status` and `cluster-status` show exactly the healthy shape, so that it is back.
 *   With nobody inside, failover belongs on whatever the cluster is like, as on every way out of a run;
 * or where this node is inside, if in all looks for longer than a leader's `lease`, with the same heartbeat, lock, jobs and
 * record, nobody leads, everything runs here, and a majority of the backends is there with nothing left to sync: then the Chef
 * server is down, and they could elect a leader (`plan/election.ts` has the reasons). The unfinished backend is never out of
 * reach here, as it may be for a run: it is this one.
 * Anything else: nothing is done, and it looks again later.
 *
 * A client that wakes up meanwhile writes the record on every backend and then looks for the file `guard`; this writes
 * the file `guard` and then looks at the heartbeat and the record: one of the two sees the other. What it does is a job
 * of its own in the lock's folder, so that a run which takes the lock over waits for its end.
 */
export function guardScript(run: string, job: Pick<Job, "id">, guard: FailoverGuard): string {
  const { node, silence, pause, giveUp, lease, backends, mixed } = guard;
  return `L="$D/lock/"${fileName(run)}
others() { for one in ../*/; do case "$one" in *-guard-*) ;; *) printf '%s\\n' "$one" ;; esac; done; }
stands() { [ -d "$L" ] && [ "$(now)" -lt "$end" ] && [ "$(others)" = "$begun" ]; }
${healthFunctions(backends, mixed)}# What it finds: healthy, leaderless, or nothing of use.
look() {
  finds=
  case "$record" in *'"inside":null'*) finds=healthy; return ;; esac
  is_inside || return
  status=$(limited ${commandLimit} chef-backend-ctl status 2> /dev/null) || return
  table=$(limited ${commandLimit} chef-backend-ctl cluster-status 2> /dev/null) || table=
  if shows healthy; then finds=healthy; elif shows leaderless; then finds=leaderless; fi
}
is_inside() { case "$record" in *'"inside":'${quote(JSON.stringify(node))}[,}]*) ;; *) return 1 ;; esac; }
shows() { printf '%s\\n' "$status" | plain | services "$1" && printf '%s\\n' "$table" | plain | members "$1"; }
owed() {
  record=$(cat "$D/record" 2> /dev/null)
  case "$record" in *'"finished":true'*) return 1 ;; *'"failover":"off"'*) ;; *) return 1 ;; esac
  block=\${record#*'"offSeq":'}
  block=\${block%%[!0-9]*}
  [ -n "$block" ]
}
turn_on() {
  tries=$((tries + 1))
  own=../${fileName(job.id)}-guard-$tries
  mkdir "$own" && true > "$own/output" || return 1
  printf '%s %s %s\\n' "$$" "$(boot)" "$(born "$$")" > "$own/pid.tmp" && mv "$own/pid.tmp" "$own/pid"
  rc=1
  if printf '%s\\n' "$block" > "$L/guard.tmp" && mv -fT "$L/guard.tmp" "$D/guard"; then
    if stands && [ "$(age "$L/heartbeat")" -ge ${silence} ] && [ "$(cat "$D/record")" = "$record" ]; then
      limited ${commandLimit} ${quoteAll(setClusterFailover("on"))} > "$own/output" 2>&1
      rc=$?
    fi
    [ "$rc" = 0 ] || rm -f "$D/guard"
  fi
  printf '%s\\n' "$rc" > "$own/status.tmp" && mv "$own/status.tmp" "$own/status"
  return "$rc"
}
guard() {
  begun=$(others) end=$(($(now) + ${giveUp})) tries=0 good=0 lost= nap=${pause}
  while sleep "$nap" && stands; do
    nap=${pause}
    left=$((${silence} - $(age "$L/heartbeat")))
    if [ "$left" -gt 0 ]; then
      good=0 lost=
      [ "$left" -le "$nap" ] || nap=$left
      continue
    fi
    owed || return
    look
    case "$finds" in
      healthy) good=$((good + 1)) lost= ;;
      leaderless) good=0 lost=\${lost:-$(now)} ;;
      *) good=0 lost= ;;
    esac
    if [ "$good" -ge 2 ] || { [ -n "$lost" ] && [ "$(($(now) - lost))" -gt ${lease} ]; }; then
      turn_on && return
      good=0 lost= finds=
    fi
    # What fails is tried less and less often.
    [ -n "$finds" ] || nap=$((${4 * pause} * (tries + 1)))
  done
}
[ "$rc" = 0 ] && guard > /dev/null 2>&1
`;
}

/**
 * `services` and `members` read the two tables from standard input, as `provider/chef/cluster` does: healthy, or not. They
 * may wait for a shape that they do not know; they must never take a sick cluster for a healthy one. With the word `leaderless` they
 * look for that instead: nobody leads, all runs here, and a majority is there with nothing left to sync.
 * @param mixed as a guard has it: what it asks is judged as `unsettled` of `provider/chef/cluster/searchHealth.ts` does
 */
export function healthFunctions(backends: number, mixed?: readonly string[]): string {
  const followers = backends - 1;
  return `${mixed ? settled(backends, mixed) : "settled() { return 1; }\n"}plain() { tr -d '\\r' | sed "s/$(printf '\\033')\\[[0-9;]*[A-Za-z]//g; s/ ([^()]*)//g"; }
# Every figure, once: two of one name say nothing.
has() {
  for each in "$@"; do
    key=\${each%%:*}
    case "$view" in *" $key: "*" $key: "*) exit 1 ;; *" $each;"*) ;; *) exit 1 ;; esac
  done
  found=$((found + 1))
}
# Up to the cluster's cell every word is a path, or its OK.
disks() {
  path=
  for word in "$@"; do
    case "$path$word" in health:) break ;; /*:) path=is: ;; is:OK | "is:OK;") path= ;; *) exit 1 ;; esac
  done
  [ -z "$path" ] || exit 1
}
# What only a whole cluster shows is not asked of one that has lost its leader.
whole() { [ "$shape" = leaderless ] && found=$((found + 1)) || has "$@"; }
services() (
  shape=\${1:-}
  set -f
  found=0 table= room=0 since=0
  while read -r service local rest; do
    case "$service $local" in "Service Local" | "System Local") table=$service; continue ;; esac
    [ -n "$table" ] && [ -n "$service" ] || continue
    set -- $local $rest
    view=" $*;"
    case "$table $service" in
      *" elasticsearch")
        colour=green
        case "$view" in *" state: yellow;"*) ! settled || colour=yellow ;; esac
        whole "state: $colour" "nodes online: ${backends}/${backends}"
        ;;
      *" etcd") whole "health: green" "healthy nodes: ${backends}/${backends}" ;;
      *" leaderl") [ "$shape" = leaderless ] && has "leader: 0" || has "leader: 1" "waiting: 0" "follower: ${followers}" "total: ${backends}" ;;
      *" postgresql") whole "leader: 1" "offline: 0" "syncing: 0" "synced: ${followers}" ;;
      "System disks") disks "$@"; whole "health: green" "healthy nodes: ${backends}/${backends}"; room=1; continue ;;
      *" epmd") since=1; [ "$local" != down ] || exit 1; continue ;;
      *) case "$local" in down* | finish* | fail* | error* | stopped* | not) exit 1 ;; esac; continue ;;
    esac
    [ "$local" = running ] || exit 1
  done
  # The releases that list epmd list the disks, too: without them it is not whole.
  [ "$found" = "$((4 + room))" ] && [ "$room" -ge "$since" ]
)
guid() { [ "\${#1}" = 32 ] && case "$1" in *[!0-9a-fA-F]*) false ;; esac; }
members() (
  shape=\${1:-}
  set -f
  rows=0 leaders=0 masters=0 header=
  while read -r line; do
    set -- $line
    case "$*" in *Name*IP*GUID*Role* | *Role*Name*IP*GUID* | *GUID*Name*IP*Role*) header=$*; columns=$#; continue ;; esac
    [ -n "$header" ] || continue
    is_row= states=0
    for word in "$@"; do
      ! guid "$word" || is_row=1
      case "$word" in leader | follower | *_leader | master | not_master) states=$((states + 1)) ;; esac
    done
    # A row that has lost its GUID may be a second leader.
    if [ -z "$is_row" ]; then [ "$states" -lt 2 ] || exit 1; continue; fi
    # Columns behind the documented ones may be empty; with others among them each must have its cell.
    case "$header" in "Name IP GUID Role PG ES"*) ;; *) [ $# = "$columns" ] || exit 1 ;; esac
    role= pg= es=
    for column in $header; do
      case "$column" in Role) role=$1 ;; PG) pg=$1 ;; ES) es=$1 ;; GUID) guid "$1" || exit 1 ;; esac
      [ $# = 0 ] || shift
    done
    rows=$((rows + 1))
    case "$shape $role/$pg" in "leaderless follower/follower" | "leaderless waiting_for_leader/follower") continue ;; leaderless*) exit 1 ;; esac
    case "$role/$pg" in leader/leader) leaders=$((leaders + 1)) ;; follower/follower) ;; *) exit 1 ;; esac
    case "$es" in master) masters=$((masters + 1)) ;; not_master) ;; *) exit 1 ;; esac
  done
  [ "$shape" != leaderless ] || exit "$((2 * rows <= ${backends}))"
  [ "$rows $leaders $masters" = "${backends} 1 1" ]
)
`;
}

/** Every node is there, nothing is on its way to a node, and no primary is missing. One answer tells it of all shards. */
function settled(backends: number, ask: readonly string[]): string {
  const ways = [
    "relocating_shards",
    "initializing_shards",
    "delayed_unassigned_shards",
    "number_of_in_flight_fetch",
  ];
  const busy = ways.map((key) => `*'"${key}":'[!0]*`).join(" | ");
  const told = [`"number_of_data_nodes":${backends},`, ...ways.map((key) => `"${key}":0`), '"indices":{'];
  return `settled() {
  shards=$(${quoteAll(ask)} < /dev/null 2> /dev/null | tr -d ' \\t\\r\\n') || return 1
  case "$shards" in '{'*'"status":"yellow"'* | '{'*'"status":"green"'*) ;; *) return 1 ;; esac
  case "$shards" in *'"status":"red"'* | *'"primary_active":false'* | ${busy}) return 1 ;; esac
${told.map((each) => `  case "$shards" in *${quote(each)}*) ;; *) return 1 ;; esac\n`).join("")}}
`;
}
