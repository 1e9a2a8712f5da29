#!/bin/sh
# keeper.sh FOLDER BRIDGE DISK_MIB NAME...
# PID 1 of the namespaces around all machines: the machines' disks are mounted here, and every process of the lab
# runs below. Ends with its standard input, that is with the test process, however that ended; the kernel then
# kills every machine and drops every mount. The folder and the bridge, which are the host's, it removes itself.
folder=$1 bridge=$2 size=$3
shift 3
read -r pid rest < /proc/self/stat # /proc is still the host's: this is the process number seen from there
for name; do
  mkdir -p "$folder/disks/$name" && mount -t tmpfs -o "size=${size}m,mode=755" "lab-$name" "$folder/disks/$name" || exit 1
done
echo "$pid"
cat > /dev/null
# The kernel takes the cables away with the machines, but in its own time.
ip -o link show master "$bridge" | sed -n 's/^[0-9]*: \([^@:]*\).*/\1/p' | while read -r cable; do ip link del "$cable"; done
ip link del "$bridge"
umount -l "$folder"/disks/*
rm -rf "$folder"
