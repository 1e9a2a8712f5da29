# Runs as postinst (dpkg: "configure") and %post (rpm).
getent passwd chef_pgsql > /dev/null || useradd -r -M -d /var/opt/chef-backend/postgresql -s /bin/sh chef_pgsql
mkdir -p /etc/chef-backend /var/opt/chef-backend /var/log/chef-backend
for name in elasticsearch epmd etcd leaderl postgresql; do
  sv=/opt/chef-backend/sv/$name
  [ ! -d "$sv" ] || continue
  mkdir -p "$sv/log" "/var/log/chef-backend/$name"
  touch "$sv/down"
  ln -s /opt/chef-backend/embedded/services/run.sh "$sv/run"
  printf '#!/bin/sh\nexec svlogd -tt /var/log/chef-backend/%s\n' "$name" > "$sv/log/run"
  chmod 755 "$sv/log/run"
  [ "$name" != postgresql ] || ln -s /opt/chef-backend/embedded/services/finish.postgresql "$sv/finish"
  ln -s "$sv" "/service/$name"
done
# runit looks for new services every 5 s, and whenever a child of it may have ended.
kill -s CHLD 1
echo "Thank you for installing Chef Backend!"
# What a test wants it to do besides.
[ ! -x /etc/lab/post ] || /etc/lab/post
