# Runs as postinst (dpkg: "configure") and %post (rpm).
mkdir -p /etc/opscode /var/opt/opscode/upgrades /var/log/opscode
for name in nginx opscode-erchef redis_lb; do
  sv=/opt/opscode/sv/$name
  [ ! -d "$sv" ] || continue
  mkdir -p "$sv/log" "/var/log/opscode/$name"
  touch "$sv/down"
  ln -s "/opt/opscode/embedded/services/$name" "$sv/run"
  printf '#!/bin/sh\nexec svlogd -tt /var/log/opscode/%s\n' "$name" > "$sv/log/run"
  chmod 755 "$sv/log/run"
  ln -s "$sv" "/service/$name"
done
# runit looks for new services every 5 s, and whenever a child of it may have ended.
kill -s CHLD 1
echo "Thank you for installing Chef Infra Server!"
