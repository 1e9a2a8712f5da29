#!/bin/sh
# The reference: a rolling update as a careful person does it by hand, in the vendor's order, with OpenSSH alone.
#
#   byHand.sh KEY KNOWN_HOSTS PACKAGE BACKEND...     addresses; the package is one for dpkg
#
# Prints a line `SECONDS WHAT` as each part ends.
set -eu
key=$1 known_hosts=$2 package=$3
shift 3
all=${#}
pause=5
file=/root/${package##*/}
options="-i $key -o UserKnownHostsFile=$known_hosts -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes -o BatchMode=yes -o LogLevel=ERROR"

on() {
  host=$1
  shift
  # shellcheck disable=SC2086 -- several options
  ssh $options "root@$host" "$@"
}

began=$(date +%s.%N)
part() { # WHAT has ended
  now=$(date +%s.%N)
  echo "$began $now $1" | awk '{ printf "%.3f %s\n", $2 - $1, $3 }'
  began=$now
}

# The vendor's rule, as `status` shows it: green, everybody there, nobody waiting, offline or syncing.
healthy() {
  said=$(on "$1" chef-backend-ctl status) || return 1
  for line in "state: green; nodes online: $all/$all" "health: green; healthy nodes: $all/$all" \
    "leader: 1; waiting: 0; follower: $((all - 1)); total: $all" \
    "leader: 1; offline: 0; syncing: 0; synced: $((all - 1))"; do
    case $said in *"$line"*) ;; *) return 1 ;; esac
  done
}

rejoined() {
  tries=0
  until healthy "$1"; do
    tries=$((tries + 1))
    [ "$tries" -lt 120 ] || { echo "$1 has not rejoined" >&2; exit 1; }
    sleep "$pause"
  done
}

for host; do
  # shellcheck disable=SC2086
  scp -q $options "$package" "root@$host:$file"
done
part stage

for host; do healthy "$host" || { echo "$host says that the cluster is not healthy" >&2; exit 1; }; done
leader=$(on "$1" chef-backend-ctl cluster-status | awk '/ leader +leader / { print $2 }')
part look

on "$leader" chef-backend-ctl set-cluster-failover off > /dev/null
part failover

for host; do
  [ "$host" != "$leader" ] || continue
  on "$host" dpkg -i "$file" > /dev/null
  part install
  on "$host" chef-backend-ctl upgrade > /dev/null
  part upgrade
  rejoined "$host"
  part rejoin
done

on "$leader" dpkg -i "$file" > /dev/null
part install
on "$leader" chef-backend-ctl set-cluster-failover on > /dev/null
part failover
on "$leader" chef-backend-ctl upgrade --failover > /dev/null
part upgrade
rejoined "$leader"
part rejoin
on "$leader" chef-backend-ctl set-cluster-failover off > /dev/null
on "$leader" chef-backend-ctl set-cluster-failover on > /dev/null
part failover

for host; do
  rejoined "$host"
  on "$host" chef-backend-ctl version > /dev/null
done
part verify
