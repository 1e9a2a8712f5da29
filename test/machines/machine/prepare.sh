#!/bin/sh
# prepare.sh NAME: once for every machine, inside its root: what an installer of an operating system does.
set -e
PATH=/usr/sbin:/usr/bin:/sbin:/bin
name=$1 seed=/run/seed
. "$seed/settings" # family=deb|rpm
echo "$name" > /etc/hostname
rm -f /var/log/dpkg.log # what was installed on the host was not installed here
cp "$seed/hosts" /etc/hosts
install -m 600 "$seed/host_key" /etc/ssh/lab_host_key
install -d -m 700 /root/.ssh
install -m 600 "$seed/authorized_keys" /root/.ssh/authorized_keys
useradd -m -s /bin/bash labadmin
install -d -m 700 -o labadmin -g labadmin /home/labadmin/.ssh
install -m 600 -o labadmin -g labadmin "$seed/authorized_keys" /home/labadmin/.ssh/authorized_keys
# A hash that is quickly checked: sudo asks for the password with each of our commands.
chpasswd -c SHA256 -s 1000 < "$seed/passwords"
printf 'labadmin ALL=(ALL:ALL) ALL\n' > /etc/sudoers.d/labadmin
chmod 440 /etc/sudoers.d/labadmin
cat > /etc/ssh/sshd_config_lab <<'EOF'
HostKey /etc/ssh/lab_host_key
PidFile none
UsePAM yes
UseDNS no
PermitRootLogin prohibit-password
PasswordAuthentication yes
KbdInteractiveAuthentication no
PrintMotd no
MaxStartups 100
MaxSessions 50
AllowTcpForwarding yes
Subsystem sftp /usr/lib/openssh/sftp-server
EOF
mkdir -p /service/sshd /srv /var/log/lab
printf '#!/bin/sh\nmkdir -p -m 755 /run/sshd\nexec /usr/sbin/sshd -D -f /etc/ssh/sshd_config_lab -E /var/log/lab/sshd.log\n' > /service/sshd/run
chmod 755 /service/sshd/run
# runit waits a second where the folder was changed in this one.
touch -d '1 minute ago' /service
mkdir -p /var/cache/lab
cp -r "$seed/packages/." /var/cache/lab
# A machine of one family has the other's package manager not at all.
if [ "$family" = rpm ]; then
  rm -f /usr/bin/dpkg* /usr/bin/apt*
  rm -rf /var/lib/dpkg /var/lib/rpm
  install -m 755 /run/helpers/yum /usr/bin/yum
  printf 'PRETTY_NAME="Lab Linux 7"\nNAME="Lab Linux"\nVERSION_ID="7"\nID=lablinux\nID_LIKE="rhel"\n' > /etc/os-release
  rpmdb --initdb
  rpm -i /var/cache/lab/lab-base-*.rpm
else
  rm -f /usr/bin/rpm* /usr/bin/yum /usr/bin/dnf
fi
