#!/bin/sh
# init.sh NAME DISK SEED HELPERS ADDRESS
# PID 1 of a machine, already in its own namespaces. Prints its process number as the host sees it, waits for a
# line (its network interface is there), then makes the overlay root and becomes runit's runsvdir.
name=$1 disk=$2 seed=$3 helpers=$4 address=$5
read -r pid rest < /proc/self/stat
echo "$pid"
read -r line || exit 1
set -e
mkdir -p "$disk/upper" "$disk/work" "$disk/root"
root=$disk/root
mount -t overlay "$name" -o "lowerdir=/,upperdir=$disk/upper,workdir=$disk/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
for each in run tmp; do mount -t tmpfs -o mode=755 "$each" "$root/$each"; done
chmod 1777 "$root/tmp"
# The boot id of the kernel is every machine's: each boot gets its own.
cat "$root/proc/sys/kernel/random/uuid" > "$root/run/boot_id"
mount --bind "$root/run/boot_id" "$root/proc/sys/kernel/random/boot_id"
# Else every boot counts its processes from the same number.
echo $((1000 + 0x$(cut -c1-4 "$root/run/boot_id") / 3)) > "$root/proc/sys/kernel/ns_last_pid"
# Nothing of the host beyond a Debian system: no home folders, no checkouts.
for each in "$root"/*; do
  case ${each##*/} in
    bin | boot | dev | etc | lib* | opt | proc | run | sbin | sys | tmp | usr | var | service) ;;
    *) [ -L "$each" ] || [ ! -d "$each" ] || mount -t tmpfs -o mode=755 empty "$each" ;;
  esac
done
mkdir -p "$disk/home/root" "$root/home"
mount --bind "$disk/home/root" "$root/root"
mount --bind "$disk/home" "$root/home"
mount -t tmpfs -o mode=755 dev "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
for each in null zero full random urandom tty; do
  true > "$root/dev/$each"
  mount --bind "/dev/$each" "$root/dev/$each"
done
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"; ln -s fd/1 "$root/dev/stdout"; ln -s fd/2 "$root/dev/stderr"
hostname "$name"
ip link set lo up
ip address add "$address" dev eth0
ip link set eth0 up
if [ ! -e "$disk/prepared" ]; then
  tr -d - < "$root/proc/sys/kernel/random/uuid" > "$root/etc/machine-id"
  mkdir "$root/run/seed" "$root/run/helpers"
  mount --bind "$seed" "$root/run/seed"
  mount --bind "$helpers" "$root/run/helpers"
  # Nothing of the host's settings: rpm keeps its database below HOME here.
  env -i HOME=/root PATH="$PATH" chroot "$root" /bin/sh /run/helpers/prepare.sh "$name" >&2
  umount "$root/run/seed" "$root/run/helpers"
  touch "$disk/prepared"
fi
mkdir -p "$root/run/sshd" "$root/run/old"
cd "$root"
pivot_root . run/old
umount -l /run/old
echo up
cd /
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin runsvdir -P /service > /dev/null 2>&1 < /dev/null
